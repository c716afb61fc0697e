import type { Direction } from "../finding.ts";
import { loadParser } from "../sql/parser.ts";
import { isMikroOrmFrame } from "../sql/setting.ts";
import type { Session, StepOutcome } from "../sessions/session.ts";
import type { Recorder } from "../wire/recorder.ts";
import type { StepLabel } from "../wire/recording.ts";
import { changesSession } from "./session-state.ts";
import type { HungStep } from "./steps.ts";

/** Whose run it is, and what watches it. */
export interface OneRun {
  readonly session: Pick<Session, "together">;
  readonly recorder: Pick<Recorder, "label" | "step" | "forget">;
  /** Takes a step under the time limit. */
  limited(step: (begins: () => void) => Promise<StepOutcome>): Promise<StepOutcome | HungStep>;
  /** Brings the database back to the last checkpoint. */
  restore(): Promise<void>;
}

/**
 * Takes revisions one step in one run of the tool; what they send is taken down as `noted`. Gives nothing where that is
 * not the same as one by one, and then the database is as it was at the last checkpoint.
 */
export async function inOneRun(
  { session, recorder, limited, restore }: OneRun,
  direction: Direction,
  revisions: readonly string[],
  noted: StepLabel["direction"],
): Promise<StepOutcome | HungStep | undefined> {
  await loadParser();
  const steps = revisions.map((revision): StepLabel => ({ revision, direction: noted }));
  const leavesTraces = () =>
    steps.some((step) => recorder.step(step).some(({ sql }) => changesSession(sql) && !isMikroOrmFrame(sql)));
  let alike = false;
  try {
    const outcome = await limited(async (begins) => {
      const done = await session.together?.(direction, revisions, (revision) => {
        begins();
        recorder.label({ revision, direction: noted }, false);
      });
      alike = done !== undefined;
      return done ?? { kind: "done", durationMs: 0 };
    });
    if (outcome.kind !== "done" || (alike && !leavesTraces())) return outcome;
    await restore();
    for (const step of steps) recorder.forget(step);
    return undefined;
  } finally {
    recorder.label(undefined);
  }
}
