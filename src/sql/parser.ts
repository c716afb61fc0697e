import type { Node } from "libpg-query";
import { loadPgQuery, type PgQuery } from "./pg-query.ts";

let library: PgQuery | undefined;

/** Longer texts are not parsed: the parser's memory is limited to what WebAssembly can address, and a tree is many times the text. */
export const maxParsedLength = 4_000_000;

/** Where one statement is in a text, in UTF-8 bytes. `end` is that of its semicolon, or absent when it has none. */
export interface ParsedStatement {
  readonly start: number;
  readonly end?: number;
}

/** Loads PostgreSQL's own parser (about 45 ms, once). Everything else in this file needs it. */
export async function loadParser(): Promise<void> {
  library = await loadPgQuery();
}

/**
 * The statements of a text as PostgreSQL's parser sees them, empty ones left out; `undefined` when it does not parse,
 * or is too long to try.
 * @throws Error when `loadParser` was not awaited before
 */
export function parseStatements(sql: string): readonly ParsedStatement[] | undefined {
  const parser = loaded();
  if (sql.length > maxParsedLength) return undefined;
  // The library refuses an empty text; to PostgreSQL it holds no statement.
  if (sql === "") return [];
  try {
    const { stmts = [] } = parser.parseSync(sql);
    return stmts.map(({ stmt_location: start = 0, stmt_len: length }) =>
      length ? { start, end: start + length } : { start },
    );
  } catch {
    return undefined;
  }
}

/** A statement with its parse tree. */
export interface StatementTree extends ParsedStatement {
  readonly node: Node;
}

/** What the parser makes of a text: its statements, or why it refuses it. */
export type ParseOutcome =
  | { readonly kind: "parsed"; readonly statements: readonly StatementTree[] }
  | { readonly kind: "refused"; readonly problem: string }
  /** It was not tried. */
  | { readonly kind: "too long" };

/**
 * The statements of a text with their parse trees, empty ones left out.
 * @throws Error when `loadParser` was not awaited before
 */
export function parseTrees(sql: string): ParseOutcome {
  const parser = loaded();
  if (sql.length > maxParsedLength) return { kind: "too long" };
  if (sql === "") return { kind: "parsed", statements: [] };
  try {
    const { stmts = [] } = parser.parseSync(sql);
    return {
      kind: "parsed",
      statements: stmts.flatMap(({ stmt, stmt_location: start = 0, stmt_len: length }) =>
        stmt ? [length ? { node: stmt, start, end: start + length } : { node: stmt, start }] : [],
      ),
    };
  } catch (error) {
    return { kind: "refused", problem: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * The parse tree of a text that is one statement; `undefined` for any other.
 * @throws Error when `loadParser` was not awaited before
 */
export function onlyStatement(sql: string): Node | undefined {
  const parsed = parseTrees(sql);
  return parsed.kind === "parsed" && parsed.statements.length === 1 ? parsed.statements[0]?.node : undefined;
}

/**
 * The parse tree of a PL/pgSQL routine or block, by its whole statement; `undefined` when it does not parse.
 * @throws Error when `loadParser` was not awaited before
 */
export function parseRoutine(sql: string): unknown {
  const parser = loaded();
  try {
    return parser.parsePlPgSQLSync(sql);
  } catch {
    return undefined;
  }
}

/**
 * The text with its constants replaced by `$1`, …; as it is where it does not parse.
 * @throws Error when `loadParser` was not awaited before
 */
export function withoutConstants(sql: string): string {
  const parser = loaded();
  try {
    return parser.normalizeSync(sql);
  } catch {
    return sql;
  }
}

/** One word of a text as PostgreSQL's scanner sees it. */
export interface Token {
  readonly text: string;
  /** In UTF-16 offsets into the text. */
  readonly start: number;
  readonly end: number;
  /** Whether it is a text in quotes or dollar quotes. */
  readonly isConstant: boolean;
  /** Whether it is an identifier or a key word. */
  readonly isName: boolean;
}

/**
 * The words of a text, without comments; `undefined` where it does not scan, or is too long to try.
 * @throws Error when `loadParser` was not awaited before
 */
export function scanTokens(sql: string): readonly Token[] | undefined {
  const parser = loaded();
  if (sql.length > maxParsedLength) return undefined;
  if (sql === "") return [];
  try {
    // The scanner counts bytes of UTF-8.
    const bytes = Buffer.from(sql);
    const lengthOf = (from: number, to: number): number =>
      bytes.length === sql.length ? to - from : bytes.toString("utf8", from, to).length;
    let byte = 0;
    let offset = 0;
    return parser.scanSync(sql).tokens.flatMap(({ text, tokenName, start: first, end: last }): readonly Token[] => {
      const start = offset + lengthOf(byte, first);
      offset = start + lengthOf(first, last);
      byte = last;
      if (tokenName === "SQL_COMMENT" || tokenName === "C_COMMENT") return [];
      // The scanner has no name for `U&'…'`.
      const isConstant = tokenName === "SCONST" || /^u&'/i.test(text);
      const isName = !isConstant && /^["A-Za-z_\u0080-\uffff]/.test(text);
      return [{ text, start, end: offset, isConstant, isName }];
    });
  } catch {
    return undefined;
  }
}

/** The words alone. @throws Error when `loadParser` was not awaited before */
export const sqlWords = (sql: string): readonly string[] | undefined => scanTokens(sql)?.map(({ text }) => text);

/** The parser itself. @throws Error when `loadParser` was not awaited before */
export function loaded(): PgQuery {
  if (!library) throw new Error("loadParser() must be awaited before the parser is used.");
  return library;
}
