import { diffArrays } from "diff";
import type { ComparableStatement } from "./comparable-statements.ts";
import { formatSql } from "./format-sql.ts";

const shownLines = 40;

/**
 * The statements in which two scripts differ, in order, laid out, with `-` before the lines of the first and `+` before
 * those of the second; `undefined` when they do the same.
 */
export function scriptDifference(
  first: readonly ComparableStatement[],
  second: readonly ComparableStatement[],
): string | undefined {
  const changes = diffArrays([...first], [...second], { comparator: (one, other) => one.key === other.key });
  const lines = changes.flatMap(({ added, removed, value }) =>
    added || removed ? value.flatMap(({ sql }) => marked(added ? "+" : "-", sql)) : [],
  );
  if (lines.length === 0) return undefined;
  const more = lines.length - shownLines;
  return [...lines.slice(0, shownLines), ...(more > 0 ? [`… ${more} more lines`] : [])].join("\n");
}

const marked = (mark: "+" | "-", sql: string): readonly string[] =>
  formatSql(`${sql};`)
    .split("\n")
    .map((line) => `${mark} ${line}`);
