import type { Node } from "libpg-query";
import { parseTrees } from "./parser.ts";
import { scanStatements } from "./scan-statements.ts";

/** Where a statement is in the text it came from. */
export interface StatementPosition {
  /** Of its first token, in UTF-16 code units. */
  readonly offset: number;
  /** The line of its first token; 1-based. */
  readonly line: number;
  /** The column of its first token in UTF-16 code units; 1-based. */
  readonly column: number;
  /** Its text without its semicolon and without the comments before it. */
  readonly sql: string;
}

/** One statement of a text, understood or not. The locations inside `node` count from where the parser began and are of no use here. */
export type ScriptStatement = StatementPosition &
  (
    | { readonly kind: "parsed"; readonly node: Node }
    /** PostgreSQL's parser refuses it; `problem` is what it says. Without one it was not tried: it is too long. */
    | { readonly kind: "unparsed"; readonly problem?: string }
  );

/** From here on a text is parsed statement by statement: its tree as a whole would not fit the parser's memory. */
const longText = 1_000_000;

/**
 * The statements of a text with their parse trees. Where the parser refuses the text as a whole, each statement that a
 * scanner finds in it is parsed alone, so that one broken statement hides no other.
 * @throws Error when `loadParser` was not awaited before
 */
export function parseScript(sql: string): readonly ScriptStatement[] {
  const locate = locator(sql);
  const at = (start: number, end: number): StatementPosition => ({
    ...locate(start),
    sql: withoutEnd(sql.slice(start, end)),
  });
  const whole = sql.length > longText ? undefined : parseTrees(sql);
  if (whole?.kind === "parsed") {
    const units = unitsOf(sql);
    return whole.statements.map(({ start, end, node }) => {
      const from = units(start);
      return { kind: "parsed", node, ...at(from, end === undefined ? sql.length : units(end)) };
    });
  }
  return [...scanStatements(sql)].map(({ start, end }) => {
    const position = at(start, end);
    const parsed = parseTrees(position.sql);
    if (parsed.kind === "too long") return { kind: "unparsed", ...position };
    if (parsed.kind === "refused") return { kind: "unparsed", problem: parsed.problem, ...position };
    const [first, second] = parsed.statements;
    if (first && !second) return { kind: "parsed", node: first.node, ...position };
    return { kind: "unparsed", problem: "it is not clear where this statement ends", ...position };
  });
}

/** Byte offsets to code units, for offsets that only grow. */
function unitsOf(text: string): (bytes: number) => number {
  // Mostly there is no difference.
  if (Buffer.byteLength(text) === text.length) return (bytes) => bytes;
  let bytes = 0;
  let units = 0;
  return (wanted) => {
    while (bytes < wanted) {
      const point = text.codePointAt(units) as number;
      bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
      units += point < 0x10000 ? 1 : 2;
    }
    return units;
  };
}

/** Line and column of offsets that only grow. */
function locator(text: string): (offset: number) => { offset: number; line: number; column: number } {
  const lineEnd = /\n|\r(?!\n)/g;
  const nextEnd = (): number => lineEnd.exec(text)?.index ?? text.length;
  let end = nextEnd();
  let line = 1;
  let lineStart = 0;
  return (offset) => {
    for (; end < offset; end = nextEnd()) {
      line += 1;
      lineStart = end + 1;
    }
    return { offset, line, column: offset - lineStart + 1 };
  };
}

/** Without the semicolons and blanks at its end; an expression for that would try every blank inside, too. */
function withoutEnd(sql: string): string {
  let end = sql.length;
  while (end > 0 && isEnd.test(sql[end - 1] as string)) end--;
  return sql.slice(0, end);
}

const isEnd = /[;\s]/;
