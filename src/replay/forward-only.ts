import type { Catalog } from "../catalog/catalog.ts";
import type { Revision } from "../history.ts";
import { planDiffers } from "./determinism.ts";
import { findCause } from "./find-cause.ts";
import { deviationOf, upgradeAgain } from "./second-upgrade.ts";
import { upgradeAll, type Walk } from "./walk.ts";

/** A revision that was upgraded from a remembered state. */
export interface ForwardStep {
  readonly revision: Revision;
  /** The catalog behind it. */
  readonly after: Catalog;
  /** Whether nothing leads back from it. */
  readonly forwardOnly: boolean;
}

/**
 * What nothing leads back from is applied once more to the remembered state, in other surroundings.
 * @param steps what was applied to that state, in order
 */
export async function applyForwardOnlyAgain(walk: Walk, steps: readonly ForwardStep[]): Promise<void> {
  const { stage, plan, tally } = walk;
  if (!steps.some(({ forwardOnly }) => forwardOnly)) return;
  plan.onProgress?.("what has no way back, once more");
  const surroundings = await stage.otherSurroundings();
  await stage.restore();
  for (const [index, { revision, after, forwardOnly }] of steps.entries()) {
    if (!forwardOnly) {
      await upgradeAll(walk, [revision]);
      continue;
    }
    const second = await upgradeAgain(walk, revision, surroundings);
    const deviation = await deviationOf(walk, revision, after, second);
    if (deviation === undefined) continue;
    const back = async () => {
      await stage.restore();
      await upgradeAll(
        walk,
        steps.slice(0, index).map((step) => step.revision),
      );
    };
    await back();
    const third = await upgradeAgain(walk, revision, undefined);
    const lasting = await deviationOf(walk, revision, after, third);
    if (lasting) {
      tally.findings.push(planDiffers(revision, lasting, undefined));
      if (lasting.kind === "fails") return;
      continue;
    }
    const cause = await findCause(walk, revision, after, { surroundings, deviation }, back);
    tally.findings.push(planDiffers(revision, cause.deviation, cause.surroundings));
  }
}
