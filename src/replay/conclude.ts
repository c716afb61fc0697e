import { listed } from "../prose.ts";
import type { Check } from "../verdict.ts";
import type { Phase, Tally } from "./tally.ts";
import type { ReplayPlan } from "./walk.ts";

/**
 * The checks that a replay comes to.
 * @param ended why it ended before its time, where it did
 */
export function conclude(plan: ReplayPlan, tally: Tally, ended: string | undefined): readonly Check[] {
  const { earlier, replayed } = plan;
  const backable = replayed.filter(({ id, downgrade }) => downgrade !== "unsupported" && !plan.oneWay.has(id));
  const nothing = backable.length > 0 ? undefined : nothingToReplay(plan);
  const checkOf = (id: Phase): Check => {
    const durationMs = Math.round(tally.durationMs[id]);
    const not = (status: "failed" | "skipped", reason: string): Check => ({ id, status, reason, durationMs });
    if (tally.failures[id].length > 0)
      return not("failed", revisionsNamed(tally.failures[id]) || "it did not end in time");
    if (ended !== undefined) return not("skipped", `not finished: ${ended}`);
    if (nothing !== undefined && (id !== "upgrade" || earlier.length + replayed.length === 0))
      return not("skipped", nothing);
    if (id === "reupgrade" && tally.done.reupgrade < backable.length)
      return not("skipped", "a downgrade failed, so there was nothing to upgrade again");
    return { id, status: "passed", durationMs };
  };
  return (["upgrade", "downgrade", "reupgrade"] as const).map(checkOf);
}

/** Why no revision can be taken back and applied again. */
function nothingToReplay({ replayed, startsBehind, forwardOnly }: ReplayPlan): string {
  if (replayed.length === 0)
    return startsBehind
      ? "no revision comes after the schema that the project starts from (`start:` in headgate.yml)"
      : "no revision is new; use --replay all to take every revision up, down and up again";
  return replayed.every(({ downgrade }) => downgrade === "unsupported")
    ? forwardOnly
    : "every new revision is declared one-way";
}

const shownIds = 12;

const revisionsNamed = (ids: readonly (string | undefined)[]): string => {
  const distinct = new Set(ids.filter((id) => id !== undefined && id !== ""));
  return listed(
    [...distinct].map((id) => `\`${id}\``),
    shownIds,
  );
};
