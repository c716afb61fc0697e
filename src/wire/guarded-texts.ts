import { guardedText } from "./guarded-statement.ts";
import type { GuardedText } from "./guarded-statement.ts";
import { readScript } from "./script.ts";
import { decodeSql } from "./sql-text.ts";

/** What the text of a Parse message says. */
export interface ReadText {
  /** Of its first statement. */
  readonly text: GuardedText;
  /** How many statements it holds. */
  readonly count: number;
}

/** In bytes. */
const longestKept = 10_000;
const mostKept = 100;

/** Reads the text of a Parse message, in the client's encoding. */
export type TextReader = (sql: Buffer, encoding: string | undefined) => ReadText;

/** Keeps what it has read: client libraries send the same one again for each row. */
export function createTextReader(): TextReader {
  const texts = new Map<string, ReadText>();
  return (sql, encoding) => {
    const key = sql.length > longestKept ? undefined : `${encoding} ${sql.toString("latin1")}`;
    const before = key === undefined ? undefined : texts.get(key);
    if (before) return before;
    const script = readScript(sql, encoding ?? "UTF8");
    const text = guardedText(decodeSql(sql, encoding), script?.[0]?.kind);
    const result = { text, count: sql.length === 0 ? 0 : (script?.length ?? 1) };
    if (texts.size >= mostKept) texts.clear();
    if (key !== undefined) texts.set(key, result);
    return result;
  };
}
