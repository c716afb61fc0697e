import type { RunningStatement } from "../engines/work-database.ts";
import type { Session, StepOutcome } from "../sessions/session.ts";

/** A step that was ended because it took longer than the limit. After it the session is of no more use. */
export interface HungStep {
  readonly kind: "hung";
  readonly limitMs: number;
  /** What it was doing in the database; absent when it was doing nothing there. */
  readonly statement?: RunningStatement;
}

/** Takes one step after the other, until one does not get to its end. */
export async function oneByOne(
  revisions: readonly string[],
  take: (revision: string) => Promise<StepOutcome | HungStep>,
): Promise<StepOutcome | HungStep> {
  let durationMs = 0;
  for (const revision of revisions) {
    const outcome = await take(revision);
    if (outcome.kind !== "done") return outcome;
    durationMs += outcome.durationMs;
  }
  return { kind: "done", durationMs };
}

/**
 * Takes one step under a time limit. A step that exceeds it is ended by force. Calling `begins` begins the time anew, for
 * a step of several parts.
 * @param runningStatements what the step's connections are executing, asked once when the limit is reached
 */
export async function limitedStep(
  session: Session,
  step: (begins: () => void) => Promise<StepOutcome>,
  limitMs: number,
  runningStatements: () => Promise<readonly RunningStatement[]>,
): Promise<StepOutcome | HungStep> {
  const limit = Promise.withResolvers<"limit">();
  const timer = setTimeout(() => limit.resolve("limit"), limitMs);
  const running = step(() => timer.refresh());
  try {
    const first = await Promise.race([running, limit.promise]);
    if (first !== "limit") return first;
    const [statement] = await runningStatements().catch(() => []);
    session.kill();
    await running.catch(() => {});
    return { kind: "hung", limitMs, ...(statement === undefined ? {} : { statement }) };
  } finally {
    clearTimeout(timer);
  }
}
