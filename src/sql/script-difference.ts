import { diffArrays } from "diff";
import type { ComparableStatement } from "./comparable-statements.ts";
import { formatSql } from "./format-sql.ts";
import { withoutPasswords } from "./without-passwords.ts";

const shownLines = 40;

/**
 * The statements in which two scripts differ, in order, laid out, with `-` before the lines of the first and `+` before
 * those of the second; `undefined` when they do the same. Where only the order differs, that part of both as a whole.
 */
export function scriptDifference(
  first: readonly ComparableStatement[],
  second: readonly ComparableStatement[],
): string | undefined {
  const changes = isReordered(first, second)
    ? reordered(first, second)
    : diffArrays([...first], [...second], { comparator: (one, other) => one.key === other.key });
  const lines = changes.flatMap(({ added, removed, value }) =>
    added || removed ? value.flatMap(({ sql }) => marked(added ? "+" : "-", sql)) : [],
  );
  if (lines.length === 0) return undefined;
  const more = lines.length - shownLines;
  return [...lines.slice(0, shownLines), ...(more > 0 ? [`… ${more} more lines`] : [])].join("\n");
}

/** Whether two scripts hold the same statements, in another order. */
export function isReordered(first: readonly ComparableStatement[], second: readonly ComparableStatement[]): boolean {
  const keys = (script: readonly ComparableStatement[]) => script.map(({ key }) => key);
  const [one, other] = [keys(first), keys(second)];
  return one.length === other.length && !same(one, other) && same(one.toSorted(), other.toSorted());
}

const same = (one: readonly string[], other: readonly string[]): boolean =>
  one.every((key, index) => key === other[index]);

/** From the first statement that has another place to the last. */
function reordered(first: readonly ComparableStatement[], second: readonly ComparableStatement[]) {
  const moved = first.flatMap(({ key }, index) => (key === second[index]?.key ? [] : [index]));
  const part = (script: readonly ComparableStatement[]) => script.slice(moved[0], (moved.at(-1) ?? 0) + 1);
  return [
    { removed: true, added: false, value: part(first) },
    { removed: false, added: true, value: part(second) },
  ];
}

const marked = (mark: "+" | "-", sql: string): readonly string[] =>
  formatSql(`${withoutPasswords(sql)};`)
    .split("\n")
    .map((line) => `${mark} ${line}`);
