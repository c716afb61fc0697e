import type { Project } from "../project.ts";
import { describeDrift, type Drift } from "./drift.ts";
import type { Override } from "./overrides.ts";
import type { Standing } from "./standing.ts";

/** Why nothing may be applied, and what to do. */
export interface Refusal {
  readonly reason: string;
  /** The name under which it can be allowed, where it can. */
  readonly override?: Override;
}

/** What stands against applying anything to a database that is where it is. Pure. */
export function refusalsOf(
  { unknown, edited, half, unfinished, applied }: Standing,
  project: Project,
  direction: "up" | "down",
): readonly Refusal[] {
  const refusals: Refusal[] = [];
  if (unknown.length > 0)
    refusals.push({
      override: "unknown",
      reason: `The database has ${revisions(unknown)}, which this commit does not have. Apply from a commit that has ${unknown.length === 1 ? "it" : "them"}, or bring the files back.`,
    });
  if (edited.length > 0)
    refusals.push({
      override: "edited",
      reason: `${edited.map(({ file }) => file).join(", ")} changed after ${edited.length === 1 ? "it was" : "they were"} applied; the database has what was in ${edited.length === 1 ? "it" : "them"} before. Bring the old content back, and put the change into a new migration.`,
    });
  if (unfinished !== undefined)
    refusals.push({
      reason: `The version table of ${project.layout ?? project.tool} says that \`${unfinished}\` was begun and not finished, and the ledger knows nothing of it. Find out what it left, and correct the table with that tool.`,
    });
  if (half !== undefined && half.direction !== direction)
    refusals.push({
      reason: `\`${half.revision}\` is half ${half.direction === "up" ? "applied" : "taken back"}. Finish it first with \`headgate ${half.direction === "up" ? "apply" : "downgrade -n 1"}\`.`,
    });
  if (half !== undefined && half.direction === "up" && unknown.length === 0 && applied.has(half.revision))
    refusals.push({ reason: `\`${half.revision}\` is half applied, and the version table says that it is applied.` });
  return refusals;
}

/** The refusal for revisions that are not what was reviewed. */
export const unreviewedRefusal = (differences: readonly string[]): Refusal => ({
  override: "unreviewed",
  reason: `What is pending is not what was reviewed. ${differences.join(" ")}`,
});

/** The refusal for revisions that Headgate applied, that are pending again, and of which the schema does not tell. */
export const againRefusal = (ids: readonly string[]): Refusal => ({
  override: "again",
  reason: `Headgate applied ${revisions(ids)} to this database and did not take ${ids.length === 1 ? "it" : "them"} back, and the version table does not say that ${ids.length === 1 ? "it is" : "they are"} applied. Look whether the rows are there, and correct the version table if they are.`,
});

/** The refusal for revisions that would be taken back without anything being undone. */
export const oneWayRefusal = (ids: readonly string[]): Refusal => ({
  override: "one-way",
  reason: `The downgrade of ${revisions(ids)} sends nothing that undoes what the upgrade did: the version table would forget ${ids.length === 1 ? "it" : "them"}, and what ${ids.length === 1 ? "it" : "they"} made would stay. Write a downgrade, or go forward with a new migration.`,
});

/** The refusal for a schema that is not what the applied migrations make. */
export const driftRefusal = (drift: Drift): Refusal => ({
  override: "drift",
  reason: `The schema of the database is not what its migrations make: ${describeDrift(drift).join("; ")}. Put the difference into a migration, undo it, or name what is not the project's under \`foreign:\` in headgate.yml.`,
});

const revisions = (ids: readonly string[]): string =>
  `${ids.length === 1 ? "the revision" : "the revisions"} ${ids.map((id) => `\`${id}\``).join(", ")}`;
