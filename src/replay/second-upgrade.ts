import type { Catalog } from "../catalog/catalog.ts";
import type { Revision } from "../history.ts";
import type { StepFailure, StepOutcome } from "../sessions/session.ts";
import { sentDifference, type Deviation, type SentScript } from "./determinism.ts";
import { relevantDifferences } from "./relevant-differences.ts";
import type { HungStep } from "./steps.ts";
import type { Surroundings } from "./surroundings.ts";
import { timed } from "./tally.ts";
import type { Walk } from "./walk.ts";

/** How one more upgrade of a revision went. */
export interface SecondUpgrade {
  /** Absent when it worked. */
  readonly failure?: StepFailure;
  readonly sent: SentScript;
}

/** `lock_not_available`, `query_canceled` and `deadlock_detected`. */
const timedOut: ReadonlySet<string> = new Set(["55P03", "57014", "40P01"]);

/** The tables that an application could be using while this revision locks them: those that were there at the start. */
export function tablesInUse({ plan, stage, start }: Walk, { id }: Revision): readonly string[] {
  if (plan.probesOutage === false) return [];
  return stage
    .blockedTables(id)
    .filter((name) => ["table", "materialized view"].some((kind) => start.objects.has(`${kind} ${name}`)));
}

/** Upgrades a revision, and shows what stops while it waits for somebody who is on its tables. */
export async function upgradeBesideOthers(walk: Walk, revision: Revision): Promise<StepOutcome | HungStep> {
  const { stage, tally } = walk;
  const tables = tablesInUse(walk, revision);
  if (tables.length === 0) return stage.upgrade([revision.id]);
  const { outcome, stalls } = await stage.parked(revision.id, tables);
  tally.stalls.push(...stalls);
  // A migration's own time limit struck while it waited for us.
  if (outcome.kind !== "failed" || !timedOut.has(outcome.failure.sqlState ?? "")) return outcome;
  stage.afresh(revision.id);
  return stage.upgrade([revision.id]);
}

/** One more upgrade of a revision that was taken back, in these surroundings or in the usual ones. */
export async function upgradeAgain(
  { stage, tally }: Walk,
  revision: Revision,
  surroundings: Surroundings | undefined,
  upgrade: () => Promise<StepOutcome | HungStep> = () => stage.upgrade([revision.id]),
): Promise<SecondUpgrade> {
  let sent: SentScript = [];
  const outcome = await timed(tally, "reupgrade", revision, async () => {
    const repeated = await stage.again(surroundings, revision.id, upgrade);
    sent = repeated.sent;
    return repeated.outcome;
  });
  return { sent, ...(outcome.kind === "failed" && { failure: outcome.failure }) };
}

/** How an upgrade was other than the first; nothing when it was the same. @param after the catalog behind the first */
export async function deviationOf(
  { stage }: Walk,
  revision: Revision,
  after: Catalog,
  { failure, sent }: SecondUpgrade,
): Promise<Deviation | undefined> {
  if (failure) return { kind: "fails", failure };
  const differences = relevantDifferences(after, await stage.snapshot());
  if (differences.length > 0) return { kind: "catalog", differences };
  const difference = sentDifference(stage.sentFirst(revision.id), sent);
  return difference && { kind: "sent", ...difference };
}
