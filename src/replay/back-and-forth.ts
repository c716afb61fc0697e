import type { Catalog } from "../catalog/catalog.ts";
import type { Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import { downgradeBesideOthers, upgradeBesideOthers } from "./beside-others.ts";
import { planDiffers, sentDifference } from "./determinism.ts";
import { findCause } from "./find-cause.ts";
import {
  downgradeDiffers,
  downgradeFails,
  downgradeLosesRows,
  reupgradeDiffers,
  reupgradeFails,
  stepWarnings,
} from "./judge.ts";
import { relevantDifferences } from "./relevant-differences.ts";
import { deviationOf, upgradeAgain } from "./second-upgrade.ts";
import type { Surroundings } from "./surroundings.ts";
import { fail, timed, type Phase } from "./tally.ts";
import type { Walk } from "./walk.ts";

/**
 * Takes an upgraded revision down and up again.
 * @param before the catalog before its upgrade
 * @param reading the catalog behind it, which may still be read
 * @returns whether the database is where it was; what kept it from getting there is in the tally
 */
export async function backAndForth(
  walk: Walk,
  revision: Revision,
  before: Catalog,
  reading: Promise<Catalog>,
): Promise<boolean> {
  const { stage, tally } = walk;
  const refused = (phase: Phase, finding: Finding): false => {
    fail(tally, phase, revision.id, finding);
    return false;
  };
  let made: Promise<readonly string[]> = Promise.resolve([]);
  let renamed = false;
  const down = await timed(tally, "downgrade", revision, async () => {
    const taken = await stage.back(revision.id);
    made = taken.madeEmpty;
    renamed = taken.renamed;
    return taken.outcome;
  });
  const after = await reading;
  if (down.kind === "failed") return refused("downgrade", downgradeFails(down.failure, revision));
  tally.done.downgrade++;
  tally.findings.push(...stepWarnings(down.warnings, revision, "down"));
  const readingBack = stage.snapshot();
  const surroundings = await stage.otherSurroundings();
  const second = await upgradeAgain(walk, revision, surroundings, () => upgradeBesideOthers(walk, revision));
  const [madeEmpty, back] = [await made, await readingBack];
  const notRestored = relevantDifferences(before, back);
  // What the upgrade itself dropped is not lost by the downgrade.
  const kept = renamed ? [before, back] : [before, after, back];
  const lost = madeEmpty.filter((key) => kept.every(({ objects }) => objects.has(key)));
  if (lost.length > 0) tally.findings.push(downgradeLosesRows(lost, revision));
  if (notRestored.length > 0) {
    // One fault, one finding: the second upgrade on a schema that was not restored only shows what it leads to.
    const consequence = second.failure;
    if (consequence) tally.failures.reupgrade.push(revision.id);
    const left = relevantDifferences(after, back);
    return refused("downgrade", downgradeDiffers(notRestored, left, revision, consequence));
  }
  const deviation = await deviationOf(walk, revision, after, second);
  if (deviation !== undefined) {
    const back = (from: Surroundings) =>
      timed(tally, "downgrade", revision, async () => {
        const taken = await stage.downgrade([revision.id]);
        return taken.kind === "failed" ? stage.backIn(from, revision.id) : taken;
      });
    // The surroundings may be at fault, or the second time: a third upgrade in the usual ones tells.
    const undone = deviation.kind === "fails" ? undefined : await back(surroundings);
    if (undone?.kind === "failed") {
      tally.findings.push(planDiffers(revision, deviation, surroundings));
      return refused("downgrade", downgradeFails(undone.failure, revision));
    }
    const third = await upgradeAgain(walk, revision, undefined);
    const lasting = await deviationOf(walk, revision, after, third);
    if (lasting?.kind === "fails") return refused("reupgrade", reupgradeFails(lasting.failure, revision));
    if (lasting?.kind === "catalog") return refused("reupgrade", reupgradeDiffers(lasting.differences, revision));
    if (lasting === undefined) {
      const cause = await findCause(walk, revision, after, { surroundings, deviation }, back);
      tally.findings.push(planDiffers(revision, cause.deviation, cause.surroundings));
    } else if (sentDifference(second.sent, third.sent) !== undefined)
      tally.findings.push(planDiffers(revision, lasting, undefined));
  }
  tally.done.reupgrade++;
  const failure = await downgradeBesideOthers(walk, revision);
  return failure === undefined || refused("downgrade", downgradeFails(failure, revision));
}
