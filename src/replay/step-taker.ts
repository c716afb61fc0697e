import type { WorkDatabase } from "../engines/work-database.ts";
import type { Direction } from "../finding.ts";
import { optional } from "../optional.ts";
import { notInTransaction } from "../postgres/sql-states.ts";
import type { Session, StepOutcome } from "../sessions/session.ts";
import { loadParser } from "../sql/parser.ts";
import type { Recorder } from "../wire/recorder.ts";
import type { StepLabel } from "../wire/recording.ts";
import { sentScript } from "./determinism.ts";
import { type HeldSession, type StepTrace, holding } from "./held-session.ts";
import type { OtherSessions } from "./other-sessions.ts";
import { inOwnWords } from "./own-words.ts";
import { rootCause } from "./root-cause.ts";
import type { Stage } from "./stage.ts";
import { type HungStep, limitedStep, oneByOne } from "./steps.ts";
import { type Surroundings, unchanged } from "./surroundings.ts";

/** What a project has to say of its migrations' failures. */
export interface FailureWords {
  /** What the migrations say, which failures may quote. */
  readonly ownText: () => string;
  /** How a statement gets to run outside a transaction with its tool. */
  readonly outsideTransaction?: string;
}

/** Takes steps with a session under the time limit, or with another one where the surroundings are other than usual. */
export interface StepTaker extends AsyncDisposable {
  readonly session: Session;
  /** Takes a step; a failure is told in the words of its root cause, without what is not the migrations' own. */
  limited(step: (begins: () => void) => Promise<StepOutcome>): Promise<StepOutcome | HungStep>;
  upgrade(revisions: readonly string[]): Promise<StepOutcome | HungStep>;
  /** Applies these one by one, each on connections that begin with it, as whoever deploys them apart does. */
  upgradeEach(revisions: readonly string[]): Promise<StepOutcome | HungStep>;
  downgrade(revisions: readonly string[]): Promise<StepOutcome | HungStep>;
  /** Takes one step that is recorded under this label, in a run of the tool that may stay open for the next one. */
  step(label: StepLabel & { readonly direction: Direction }): Promise<StepOutcome | HungStep>;
  again: Stage["again"];
  backIn: Stage["backIn"];
  /** Closes what runs of the tool are open, in every process. */
  release(): Promise<void>;
}

/**
 * @param recorder what the sessions' connections pass through
 * @param others sessions in other processes; absent where the tool has no process
 */
export function createStepTaker(
  given: Session,
  database: WorkDatabase,
  recorder: Recorder,
  timeLimitMs: number,
  { ownText, outsideTransaction }: FailureWords,
  others: OtherSessions | undefined,
): StepTaker {
  const usual = holding(given);
  const { session } = usual;
  const held = new Map<Session, HeldSession>();
  /** Takes the steps of unusual surroundings, where that leaves the usual one as it is and costs nothing. */
  const beside = given.beside?.();
  /** Who takes the steps at the moment. */
  let acting = usual;
  const limited = async (step: (begins: () => void) => Promise<StepOutcome>) => {
    recorder.takeRefusal();
    const outcome = await limitedStep(acting.session, step, timeLimitMs, () => database.runningStatements());
    const told = rootCause(outcome, recorder.takeRefusal());
    if (told.kind !== "failed") return told;
    const failure = inOwnWords(told.failure, ownText);
    const help = failure.sqlState === notInTransaction ? outsideTransaction : undefined;
    return { ...told, failure: { ...failure, ...optional("help", help) } };
  };
  const traceOf = (label: StepLabel): StepTrace => ({
    sent: () => recorder.step(label),
    end: () => recorder.label(undefined),
    forget: () => recorder.forget(label),
  });
  /** Upgrades as `again` wants it at the moment. */
  let upgradeAgain: ((revision: string) => Promise<StepOutcome>) | undefined;
  const upgradeOne = (revision: string) =>
    limited(() => upgradeAgain?.(revision) ?? acting.session.upgrade([revision]));
  const upgrade = (revisions: readonly string[]) => {
    const [revision, ...further] = revisions;
    return revision !== undefined && further.length === 0
      ? upgradeOne(revision)
      : limited(() => acting.session.upgrade(revisions));
  };
  const otherSession = ({ settings, variables }: Surroundings) => {
    if (others && variables.size > 0) return others.at(variables);
    return settings.size > 0 ? beside : undefined;
  };
  /** Lets whoever has these surroundings take the steps of an action. */
  const within = async <Result>(surroundings: Surroundings, action: () => Promise<Result>) => {
    recorder.startWith(surroundings.settings);
    recorder.setClockAhead(surroundings.daysAhead ?? 0);
    try {
      const other = await otherSession(surroundings);
      if (other) {
        acting = held.get(other) ?? holding(other);
        held.set(other, acting);
      } else await usual.release();
      return await action();
    } finally {
      recorder.startWith(new Map());
      recorder.setClockAhead(0);
      // Who goes on in the usual process does so in the usual way.
      if (acting === usual) await usual.release();
      acting = usual;
    }
  };
  return {
    session,
    limited,
    upgrade,
    upgradeEach: (revisions) =>
      oneByOne(revisions, async (revision) => {
        if (!session.beginsAnew) await usual.release();
        return upgradeOne(revision);
      }),
    downgrade: (revisions) => limited(() => session.downgrade(revisions)),
    step: (label) => limited(() => usual.step(label.direction, label.revision, traceOf(label), "recorded")),
    async again(surroundings = unchanged, revision, upgrade) {
      await loadParser();
      const label: StepLabel = { revision, direction: "again" };
      try {
        return await within(surroundings, async () => {
          recorder.label(label, false);
          const manner = `again ${JSON.stringify([surroundings.daysAhead, ...surroundings.settings])}`;
          upgradeAgain = (id) => acting.step("up", id, traceOf(label), manner);
          const outcome = await upgrade();
          return { outcome, sent: sentScript(recorder.step(label)) };
        });
      } finally {
        upgradeAgain = undefined;
        recorder.label(undefined);
        recorder.forget(label);
      }
    },
    backIn: (surroundings, revision) => within(surroundings, () => limited(() => acting.session.downgrade([revision]))),
    async release() {
      for (const each of [usual, ...held.values()]) await each.release();
    },
    [Symbol.asyncDispose]: async () => beside?.[Symbol.asyncDispose](),
  };
}
