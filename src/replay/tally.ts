import { isServerFault } from "../engines/lost-server.ts";
import { roomHint } from "../engines/room-hint.ts";
import { EngineError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import type { StepOutcome } from "../sessions/session.ts";
import { hangs } from "./judge.ts";
import type { Stall } from "./outage.ts";
import type { HungStep } from "./steps.ts";

/** What a replay does to each revision; the checks of the verdict are named after it. */
export type Phase = "upgrade" | "downgrade" | "reupgrade";

/** The bookkeeping of a replay: which phase found what, and how long each took. */
export interface Tally {
  readonly findings: Finding[];
  readonly stalls: Stall[];
  /** Ids of the revisions that failed; an empty one where it is not known which. */
  readonly failures: Readonly<Record<Phase, string[]>>;
  readonly durationMs: Record<Phase, number>;
  /** How many revisions got through. */
  readonly done: Record<Phase, number>;
}

/** Thrown inside the replay only, when no later step makes sense; what was found is in the tally. */
export class ReplayEnded extends Error {}

/** The tally of a replay that has not begun. */
export const emptyTally = (): Tally => ({
  findings: [],
  stalls: [],
  failures: { upgrade: [], downgrade: [], reupgrade: [] },
  durationMs: { upgrade: 0, downgrade: 0, reupgrade: 0 },
  done: { upgrade: 0, downgrade: 0, reupgrade: 0 },
});

/** Notes that a phase failed at a revision. */
export function fail(tally: Tally, phase: Phase, revision: string, finding: Finding): void {
  tally.findings.push(finding);
  tally.failures[phase].push(revision);
}

/**
 * Takes a step and notes how long that took.
 * @param during the one revision that is taken; absent where there are several
 * @throws ReplayEnded when it did not end in time
 * @throws EngineError when the server is at fault
 */
export async function timed(
  tally: Tally,
  phase: Phase,
  during: Revision | undefined,
  step: () => Promise<StepOutcome | HungStep>,
): Promise<StepOutcome> {
  const startedAt = performance.now();
  const outcome = await step();
  tally.durationMs[phase] += performance.now() - startedAt;
  if (outcome.kind === "hung") {
    fail(tally, phase, during?.id ?? "", hangs(outcome, during, phase === "downgrade" ? "down" : "up"));
    throw new ReplayEnded(`${during === undefined ? "a step" : `\`${during.id}\``} did not end in time`);
  }
  if (outcome.kind === "failed" && isServerFault(outcome.failure.sqlState)) {
    const said = outcome.failure.message;
    throw new EngineError(`PostgreSQL could not go on: ${said.replace(/\.$/, "")}.${roomHint(said)}`);
  }
  return outcome;
}
