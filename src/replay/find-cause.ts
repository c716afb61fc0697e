import type { Catalog } from "../catalog/catalog.ts";
import type { Revision } from "../history.ts";
import { optional } from "../optional.ts";
import type { Deviation } from "./determinism.ts";
import { deviationOf, upgradeAgain } from "./second-upgrade.ts";
import { unchanged, type Surroundings } from "./surroundings.ts";
import { upgradeAll, type Walk } from "./walk.ts";

/** What makes an upgrade other than the first one. */
export interface Cause {
  /** What of the surroundings is enough to make it so. */
  readonly surroundings: Surroundings;
  readonly deviation: Deviation;
}

/** Each trial may have to load the project once more; what is found in many revisions has its cause in the first few. */
const mostTraced = 3;

/**
 * Tries what of the surroundings is at fault, one thing after the other. Leaves the revision applied.
 * @param after the catalog behind the first upgrade
 * @param all what the upgrade that differed found around it
 * @param deviation how it differed
 * @param back takes the revision back that was applied in these surroundings
 */
export async function findCause(
  walk: Walk,
  revision: Revision,
  after: Catalog,
  { surroundings: all, deviation }: Cause,
  back: (from: Surroundings) => Promise<unknown>,
): Promise<Cause> {
  const none = new Map<string, string>();
  const trials: readonly Surroundings[] = [
    ...(all.settings.size > 0 ? [{ settings: all.settings, variables: none }] : []),
    ...(all.daysAhead === undefined ? [] : [{ ...unchanged, daysAhead: all.daysAhead }]),
    ...[...all.variables].map((variable) => ({ settings: none, variables: new Map([variable]) })),
  ];
  const traced = walk.tally.findings.filter(({ ruleId }) => ruleId === "plan-not-deterministic").length;
  if (trials.length < 2 || traced >= mostTraced) return { surroundings: all, deviation };
  const guilty: Cause[] = [];
  for (const trial of trials) {
    await back(unchanged);
    const again = await upgradeAgain(walk, revision, trial);
    const found = await deviationOf(walk, revision, after, again);
    if (!found) continue;
    guilty.push({ surroundings: trial, deviation: found });
    // What comes next starts from what the usual surroundings make.
    if (!again.failure) await back(trial);
    await upgradeAll(walk, [revision]);
  }
  const [first, ...others] = guilty;
  if (first === undefined) return { surroundings: all, deviation };
  if (others.length === 0) return first;
  return {
    surroundings: {
      settings: guilty.find(({ surroundings }) => surroundings.settings.size > 0)?.surroundings.settings ?? none,
      variables: new Map(guilty.flatMap(({ surroundings }) => [...surroundings.variables])),
      ...optional("daysAhead", guilty.find(({ surroundings }) => surroundings.daysAhead)?.surroundings.daysAhead),
    },
    deviation,
  };
}
