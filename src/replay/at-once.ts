import type { Catalog } from "../catalog/catalog.ts";
import type { Finding } from "../finding.ts";
import { upgradeAtOnceDiffers, upgradeAtOnceFails } from "./judge.ts";
import { relevantDifferences } from "./relevant-differences.ts";
import { fail, timed } from "./tally.ts";
import { ids, revisionNamed, type Walk } from "./walk.ts";

/** Whether the tool's own command would do something else with these revisions than take them one by one. */
export const runsAtOnce = ({ stage, plan }: Pick<Walk, "stage" | "plan">): boolean =>
  stage.atOnce !== undefined && plan.atOnce !== false && plan.replayed.length > 1;

/**
 * All new revisions once more, from the state that was kept before the first of them, as the tool's own command applies
 * what is pending: what works for each alone may not work in one transaction or one session.
 * @param after the catalog behind the last, when each was applied by itself
 */
export async function upgradeAtOnce({ stage, plan, tally }: Walk, after: Catalog): Promise<void> {
  const { replayed } = plan;
  const last = replayed.at(-1);
  if (stage.atOnce === undefined || last === undefined) return;
  const { manner, remedy, upgrade } = stage.atOnce;
  const told = (found: Finding, revision: string) => {
    const finding = plan.weigh ? plan.weigh(found) : found;
    if (finding?.severity === "error") fail(tally, "upgrade", revision, finding);
    else if (finding) tally.findings.push(finding);
  };
  plan.onProgress?.(`all ${replayed.length} at once`);
  await stage.restore("kept");
  for (const { id } of replayed) await plan.earlySample?.(id);
  const outcome = await timed(tally, "upgrade", undefined, () => upgrade(ids(replayed)));
  if (outcome.kind === "failed") {
    const { failure } = outcome;
    const finding = upgradeAtOnceFails(failure, revisionNamed(plan, failure.revision), replayed, { manner, remedy });
    return told(finding, failure.revision);
  }
  const differences = relevantDifferences(after, await stage.snapshot());
  if (differences.length === 0) return;
  told(upgradeAtOnceDiffers(differences, last, replayed, { manner, remedy }), last.id);
}
