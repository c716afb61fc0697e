import { UsageError } from "../errors.ts";

/** What can be allowed by name although it is refused otherwise; each use is written into the ledger. */
export const overrides = {
  unknown: "revisions that the database has and this commit does not",
  edited: "applied migrations whose files have changed since",
  again: "revisions that Headgate applied before, of which only rows could tell whether they are still there",
  "one-way": "revisions whose downgrade undoes nothing, and that are only forgotten with it",
  unreviewed: "revisions that no review has seen, or that are not what it saw",
  "assume-done": "a statement whose end nobody saw, and that was done",
  "assume-undone": "the same, and it was not",
  drift: "a schema that is not what the migrations make",
} as const;

/** What can be allowed by name. */
export type Override = keyof typeof overrides;

/** @throws UsageError naming what there is */
export function readOverrides(names: readonly string[]): ReadonlySet<Override> {
  for (const name of names)
    if (!Object.hasOwn(overrides, name))
      throw new UsageError(`--allow ${name} is not known: it can be ${Object.keys(overrides).join(", ")}.`);
  return new Set(names as readonly Override[]);
}
