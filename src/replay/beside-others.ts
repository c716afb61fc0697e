import type { Direction } from "../finding.ts";
import type { Revision } from "../history.ts";
import { lockNotAvailable, queryCanceled } from "../postgres/sql-states.ts";
import type { StepFailure, StepOutcome } from "../sessions/session.ts";
import type { HungStep } from "./steps.ts";
import { timed } from "./tally.ts";
import { upgradeAll, type Walk } from "./walk.ts";

/** `lock_not_available`, `query_canceled` and `deadlock_detected`. */
const timedOut: ReadonlySet<string> = new Set([lockNotAvailable, queryCanceled, "40P01"]);

/** The tables that an application could be using while this revision locks them: those that were there at the start. */
export function tablesInUse({ plan, stage, start }: Walk, { id }: Revision, direction: Direction): readonly string[] {
  if (plan.probesOutage === false) return [];
  return stage
    .blockedTables(id, direction)
    .filter((name) => ["table", "materialized view"].some((kind) => start.objects.has(`${kind} ${name}`)));
}

/** Upgrades a revision, and shows what stops while it waits for somebody who is on its tables. */
export function upgradeBesideOthers(walk: Walk, revision: Revision): Promise<StepOutcome | HungStep> {
  const { stage } = walk;
  return besideOthers(walk, revision, "up", () => {
    stage.afresh(revision.id);
    return stage.upgrade([revision.id]);
  });
}

/**
 * Takes a revision back and forth once more, where its way back locks tables in use, and shows what stops meanwhile. Both
 * steps have worked before.
 * @returns why the way back does not work twice, where it does not
 * @throws ReplayEnded when it does not get to where it was
 */
export async function downgradeBesideOthers(walk: Walk, revision: Revision): Promise<StepFailure | undefined> {
  const { stage, tally } = walk;
  if (tablesInUse(walk, revision, "down").length === 0) return undefined;
  const again = () => stage.downgrade([revision.id]);
  const down = await timed(tally, "downgrade", revision, () => besideOthers(walk, revision, "down", again));
  if (down.kind === "failed") return down.failure;
  await upgradeAll(walk, [revision]);
  return undefined;
}

/** @param again takes the step with nobody there: its own time limit struck while it waited for us */
async function besideOthers(
  walk: Walk,
  revision: Revision,
  direction: Direction,
  again: () => Promise<StepOutcome | HungStep>,
): Promise<StepOutcome | HungStep> {
  const { stage, tally } = walk;
  const tables = tablesInUse(walk, revision, direction);
  if (tables.length === 0) return direction === "up" ? stage.upgrade([revision.id]) : stage.downgrade([revision.id]);
  const { outcome, stalls } = await stage.parked(revision.id, direction, tables);
  tally.stalls.push(...stalls);
  return outcome.kind === "failed" && timedOut.has(outcome.failure.sqlState ?? "") ? again() : outcome;
}
