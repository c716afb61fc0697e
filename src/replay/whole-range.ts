import type { Catalog } from "../catalog/catalog.ts";
import type { Revision } from "../history.ts";
import type { StepFailure } from "../sessions/session.ts";
import { downgradeDiffers, downgradeFails, reupgradeDiffers, reupgradeFails } from "./judge.ts";
import { relevantDifferences } from "./relevant-differences.ts";
import { fail, timed } from "./tally.ts";
import { ids, revisionNamed, type Walk } from "./walk.ts";

/**
 * All of these revisions down in one go and up again: what a release of several is taken back by.
 * @param before the catalog before the first
 * @param after the catalog behind the last
 */
export async function wholeRange(
  { stage, plan, tally }: Walk,
  range: readonly Revision[],
  before: Catalog,
  after: Catalog,
): Promise<void> {
  const last = range.at(-1);
  if (last === undefined || range.length < 2) return;
  plan.onProgress?.(`all ${range.length} down and up again`);
  const named = ({ revision }: StepFailure) => revisionNamed(plan, revision);

  const down = await timed(tally, "downgrade", undefined, () => stage.rangeDown(ids(range)));
  if (down.kind === "failed") {
    const { failure } = down;
    return fail(tally, "downgrade", failure.revision, downgradeFails(failure, named(failure), range));
  }
  const notRestored = relevantDifferences(before, await stage.snapshot());
  if (notRestored.length > 0)
    return fail(tally, "downgrade", last.id, downgradeDiffers(notRestored, [], last, undefined, range));

  const again = await timed(tally, "reupgrade", undefined, () => stage.rangeUp(ids(range)));
  if (again.kind === "failed") {
    const { failure } = again;
    return fail(tally, "reupgrade", failure.revision, reupgradeFails(failure, named(failure), range));
  }
  const differences = relevantDifferences(after, await stage.snapshot());
  if (differences.length > 0) fail(tally, "reupgrade", last.id, reupgradeDiffers(differences, last, range));
}
