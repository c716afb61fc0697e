import type { Catalog } from "../catalog/catalog.ts";
import type { Revision } from "../history.ts";
import type { StepFailure, StepOutcome } from "../sessions/session.ts";
import { sentDifference, type Deviation, type SentScript } from "./determinism.ts";
import { isAboutRows } from "../sql/about-rows.ts";
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
  { stage, plan }: Walk,
  revision: Revision,
  after: Catalog,
  { failure, sent }: SecondUpgrade,
): Promise<Deviation | undefined> {
  if (failure) return { kind: "fails", failure };
  const differences = relevantDifferences(after, await stage.snapshot());
  if (differences.length > 0) return { kind: "catalog", differences };
  const first = stage.sentFirst(revision.id);
  const difference = plan.rowsDecide?.has(revision.id)
    ? sentDifference(first.filter(isSteady), sent.filter(isSteady))
    : sentDifference(first, sent);
  return difference && { kind: "sent", ...difference };
}

/** What comes once, whatever rows there are. */
const isSteady = (sql: string): boolean => !isAboutRows(sql);
