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
  const lines = edits(first, second).flatMap(({ mark, sql }) =>
    formatSql(`${sql};`)
      .split("\n")
      .map((line) => `${mark} ${line}`),
  );
  if (lines.length === 0) return undefined;
  const more = lines.length - shownLines;
  return [...lines.slice(0, shownLines), ...(more > 0 ? [`… ${more} more lines`] : [])].join("\n");
}

interface Edit {
  readonly mark: "-" | "+";
  readonly sql: string;
}

/** Longer lists are compared as wholes: the table of all pairs would not be worth its memory. */
const longestTable = 4_000_000;

/** What has to be taken away and added to make one list the other, in order: by their longest common subsequence. */
function edits(from: readonly ComparableStatement[], to: readonly ComparableStatement[]): readonly Edit[] {
  const same = (one: number, other: number): boolean => from[one]?.key === to[other]?.key;
  let start = 0;
  while (start < from.length && start < to.length && same(start, start)) start++;
  let left = from.length;
  let right = to.length;
  while (left > start && right > start && same(left - 1, right - 1)) {
    left--;
    right--;
  }
  const isLong = (left - start) * (right - start) > longestTable;
  const width = right - start + 1;
  const common = new Uint32Array(isLong ? 0 : (left - start + 1) * width);
  const at = (one: number, other: number): number => common[(one - start) * width + other - start] ?? 0;
  if (!isLong)
    for (let one = left - 1; one >= start; one--)
      for (let other = right - 1; other >= start; other--)
        common[(one - start) * width + other - start] = same(one, other)
          ? at(one + 1, other + 1) + 1
          : Math.max(at(one + 1, other), at(one, other + 1));
  const found: Edit[] = [];
  let one = start;
  let other = start;
  while (one < left || other < right) {
    if (!isLong && one < left && other < right && same(one, other)) {
      one++;
      other++;
    } else if (one < left && (other >= right || isLong || at(one + 1, other) >= at(one, other + 1)))
      found.push({ mark: "-", sql: from[one++]?.sql ?? "" });
    else found.push({ mark: "+", sql: to[other++]?.sql ?? "" });
  }
  return found;
}
