import { loadPgQuery } from "../sql/pg-query.ts";
import type { PgQuery } from "../sql/pg-query.ts";
import { statementKind } from "./statement-kind.ts";
import type { StatementKind } from "./statement-kind.ts";

/** One statement of a client's message. */
export interface ScriptStatement {
  readonly kind: StatementKind;
  /** Its own bytes, with its semicolon and, for all but the first, what precedes it. Together the pieces are the message's text. */
  readonly bytes: Buffer;
  /** Where `bytes` begins in the message's text, in characters. */
  readonly offset: number;
}

let loaded: PgQuery | undefined;

/** A syntax tree takes many times its text, in memory that WebAssembly limits; longer texts are sent as they are. */
const maxBytes = 4_000_000;

/** A tool says much the same in each step, before and after what the migration says. */
const remembered = new Map<string, readonly ScriptStatement[]>();
const mostRemembered = 50;
const longestRemembered = 2_000;

/** Loads PostgreSQL's parser; `readScript` needs it. */
export async function loadScriptParser(): Promise<void> {
  loaded = await loadPgQuery();
}

/**
 * The statements of a text that a client sent; `undefined` when it can't be told where they end: PostgreSQL 18's parser
 * refuses it, it is longer than 4 MB, or it is in an encoding where that can't be counted.
 * @throws Error when `loadScriptParser` was not awaited before
 */
export function readScript(text: Buffer, encoding: string): readonly ScriptStatement[] | undefined {
  if (!loaded) throw new Error("loadScriptParser() must be awaited first.");
  if (text.length > maxBytes || text.length === 0) return undefined;
  const sql = text.toString(encoding === "UTF8" ? "utf8" : "latin1");
  const ascii = sql.length === text.length && !/[^\0-\x7f]/.test(sql);
  if (!ascii && encoding !== "UTF8") return undefined;
  if (!ascii || sql.length > longestRemembered) return parse(loaded, sql, text, ascii);
  const known = remembered.get(sql);
  if (known) return known;
  // The message's memory is the connection's, and is used again.
  const script = parse(loaded, sql, Buffer.from(text), ascii);
  if (script === undefined) return undefined;
  const [oldest] = remembered.size < mostRemembered ? [] : remembered.keys();
  if (oldest !== undefined) remembered.delete(oldest);
  remembered.set(sql, script);
  return script;
}

function parse(
  { parseSync }: PgQuery,
  sql: string,
  text: Buffer,
  ascii: boolean,
): readonly ScriptStatement[] | undefined {
  try {
    const { stmts = [] } = parseSync(sql);
    let start = 0;
    let offset = 0;
    return stmts.map(({ stmt, stmt_location: location = 0, stmt_len: length }, index) => {
      const last = index === stmts.length - 1;
      const bytes = text.subarray(start, last || !length ? text.length : location + length + 1);
      const piece = {
        kind: statementKind((stmt ?? {}) as Readonly<Record<string, unknown>>, bytes.toString("latin1")),
        bytes,
        offset,
      };
      start += bytes.length;
      offset += ascii ? bytes.length : characters(bytes);
      return piece;
    });
  } catch {
    return undefined;
  }
}

/** PostgreSQL counts code points. */
function characters(utf8: Buffer): number {
  let count = 0;
  for (const byte of utf8) if ((byte & 0xc0) !== 0x80) count++;
  return count;
}
