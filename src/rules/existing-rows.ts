import { tableNamed } from "../schema/schema.ts";
import { isOwn } from "../schema/session.ts";
import { changesRows } from "./changes-rows.ts";
import type { Judgement, Step } from "./rule.ts";

/** What is said where a query finds a row that makes a statement fail. */
export const ask = (relation: string, what: string, query: string): Judgement => ({
  message: `One row of ${relation} is enough to make this fail: ${what}.`,
  help: "Ask production before; a row that comes back is one to mend:",
  fix: [query],
  relation,
});

/** The same where no query is known that finds such a row. */
export const lookFor = (relation: string, which: string): Judgement => ({
  message: `A row of ${relation} ${which} makes this fail.`,
  help: "Look for such rows in production before.",
  relation,
});

/**
 * Whether the change itself adds one of the columns without a value, so that nobody can ask production of it before: what it
 * holds by now is NULL in every row, unless the migration wrote some. `undefined`: it adds none.
 */
export function unfilled(
  step: Step,
  table: string,
  columns: readonly (string | undefined)[],
  steps: readonly Step[],
): "empty" | "written" | undefined {
  const own = (tableNamed(step.schema, table)?.columns ?? []).filter(
    (column) => column.unfilled && columns.includes(column.name) && isOwn(step.before, column.added),
  );
  if (own.length === 0) return undefined;
  return steps.slice(0, step.index).some((earlier) => changesRows(earlier, table)) ? "written" : "empty";
}
