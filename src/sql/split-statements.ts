import { parseStatements } from "./parser.ts";
import { scanStatements } from "./scan-statements.ts";

/** One statement of a longer text. */
export interface SplitStatement {
  /** The statement with the white space and comments before it, and its semicolon. The last one reaches to the end of the text. */
  readonly sql: string;
  /** Where `sql` begins in the text, in UTF-16 code units. */
  readonly offset: number;
  /** The line at which the statement itself begins, after what precedes it; 1-based. */
  readonly line: number;
}

/**
 * Cuts a text into its statements. The pieces, joined, give back the text, unless it holds no statement at all.
 * PostgreSQL's parser decides where a statement ends; for a text that it refuses, or that is longer than it can take
 * (4 million characters), a scanner that knows strings, comments, dollar quotes and function bodies does.
 * @throws Error when `loadParser` was not awaited before
 */
export function splitStatements(sql: string): readonly SplitStatement[] {
  const spans = [...(parsedSpans(sql) ?? scanStatements(sql))];
  let offset = 0;
  let line = 1;
  let counted = 0;
  return spans.map(({ start, end }, index) => {
    for (; counted < start; counted += 1) if (isLineEnd(sql, counted)) line += 1;
    const stop = index === spans.length - 1 ? sql.length : end;
    const piece = { sql: sql.slice(offset, stop), offset, line };
    offset = stop;
    return piece;
  });
}

/** Whether a line ends with this code unit: a line feed, or a carriage return that no line feed follows. */
export function isLineEnd(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit === 0x0a || (unit === 0x0d && text.charCodeAt(index + 1) !== 0x0a);
}

/** The parser counts in UTF-8 bytes; this walks the text once to turn them into code units. */
function parsedSpans(sql: string): readonly { readonly start: number; readonly end: number }[] | undefined {
  const parsed = parseStatements(sql);
  let bytes = 0;
  let units = 0;
  const unitsAt = (wanted: number): number => {
    while (bytes < wanted) {
      const point = sql.codePointAt(units) as number;
      bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
      units += point < 0x10000 ? 1 : 2;
    }
    return units;
  };
  return parsed?.map(({ start, end }) => {
    const from = unitsAt(start);
    return { start: from, end: end === undefined ? sql.length : unitsAt(end) + 1 };
  });
}
