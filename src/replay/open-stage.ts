import type { WorkDatabase } from "../engines/work-database.ts";
import type { Direction } from "../finding.ts";
import { optional } from "../optional.ts";
import { blocksQueries } from "../postgres/blocked-by.ts";
import { notInTransaction } from "../postgres/sql-states.ts";
import { loadParser } from "../sql/parser.ts";
import type { AtOnce, Session, StatementPlace, StepOutcome } from "../sessions/session.ts";
import type { Recorder } from "../wire/recorder.ts";
import type { RelationKind, StepLabel } from "../wire/recording.ts";
import { sentScript } from "./determinism.ts";
import { holding, type HeldSession, type StepTrace } from "./held-session.ts";
import { createOnlooker } from "./onlooker.ts";
import { otherSettings } from "./other-settings.ts";
import { otherSessions } from "./other-sessions.ts";
import { inOneRun } from "./in-one-run.ts";
import { inOwnWords } from "./own-words.ts";
import { otherDay, unchanged, type OtherProcesses, type Surroundings } from "./surroundings.ts";
import { withParkedTransactions } from "./outage.ts";
import { readReplayState } from "./replay-state.ts";
import { rootCause } from "./root-cause.ts";
import { endingWaitsForItself } from "./self-wait.ts";
import type { Stage } from "./stage.ts";
import { madeSince, mayCopyRows, readTableNumbers } from "./table-numbers.ts";
import { limitedStep, type HungStep } from "./steps.ts";

/** On what an application's transaction can have a lock by its name. */
const sittable: ReadonlySet<RelationKind> = new Set(["table", "partitioned table", "materialized view"]);

/** Shorter than this a `lock_timeout` could strike while somebody sits on the table to see what stops. */
const leastPatienceMs = 1000;

/** For fewer, a copy of the database to come back to costs more than it saves. */
const fewRevisions = 4;

/** What a project has to say of its migrations' failures. */
export interface FailureWords {
  /** What the migrations say, which failures may quote. */
  readonly ownText: () => string;
  /** How a statement gets to run outside a transaction with its tool. */
  readonly outsideTransaction?: string;
}

/**
 * Joins a session and a work database. Disposing it ends the onlooker's connection and neither of the two.
 * @param recorder what the session's connections pass through
 * @param words what the project says of failures
 * @param processes where the tool can run besides the session's own; absent where it has no process
 */
export function openStage(
  given: Session,
  database: WorkDatabase,
  recorder: Recorder,
  timeLimitMs: number,
  { ownText, outsideTransaction }: FailureWords,
  processes?: OtherProcesses,
): Stage {
  const others = processes && otherSessions(processes);
  const usual = holding(given);
  const { session } = usual;
  const held = new Map<Session, HeldSession>();
  /** Who takes the steps at the moment. */
  let acting = usual;
  const onlooker = createOnlooker(database, recorder);
  const places = new Map<string, readonly StatementPlace[]>();
  const brokenOff = new Set<string>();
  /** The last asking for places: a question to the tool's process, which has nothing else to do while the catalog is read. */
  let placed: Promise<void> | undefined;
  const askPlaces = (step: string): Promise<void> => {
    const asked = (async () => void places.set(step, (await session.places?.()) ?? []))();
    // Whoever reads the catalog is told.
    asked.catch(() => {});
    return asked;
  };
  const limited = async (step: (begins: () => void) => Promise<StepOutcome>) => {
    recorder.takeRefusal();
    const outcome = await limitedStep(acting.session, step, timeLimitMs, () => database.runningStatements());
    const told = rootCause(outcome, recorder.takeRefusal());
    if (told.kind !== "failed") return told;
    const failure = inOwnWords(told.failure, ownText);
    const help = failure.sqlState === notInTransaction ? outsideTransaction : undefined;
    return { ...told, failure: { ...failure, ...optional("help", help) } };
  };
  let settings: Promise<ReadonlyMap<string, string>> | undefined;
  // A database can only be copied or replaced while nobody is connected to it.
  const alone = async (action: () => Promise<void>) => {
    await onlooker.leave();
    for (const each of [usual, ...held.values()]) await each.release();
    await recorder.release();
    await action();
  };
  const runsTogether = (revisions: readonly string[]) => session.together && revisions.length >= fewRevisions;
  const run = { session, recorder, limited, restore: () => alone(() => database.restore()) };
  const forgetAgain = (revisions: readonly string[]) => {
    for (const revision of revisions) recorder.forget({ revision, direction: "again" });
  };
  const upgradeAtOnce = (atOnce: AtOnce) => (revisions: readonly string[]) =>
    endingWaitsForItself(database.connect, () => limited(() => atOnce.upgrade(revisions)));
  const traceOf = (label: StepLabel): StepTrace => ({
    sent: () => recorder.step(label),
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
  /** Lets whoever has these surroundings take the steps of an action. */
  const within = async <Result>(
    { settings, variables, daysAhead = 0 }: Surroundings,
    action: () => Promise<Result>,
  ) => {
    recorder.startWith(settings);
    recorder.setClockAhead(daysAhead);
    try {
      if (others && variables.size > 0) {
        const other = await others.at(variables);
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
  /** Applies these one by one, each on connections that begin with it, as whoever deploys them apart does. */
  const upgradeEach = async (revisions: readonly string[]): Promise<StepOutcome | HungStep> => {
    let durationMs = 0;
    for (const revision of revisions) {
      await usual.release();
      const outcome = await upgradeOne(revision);
      if (outcome.kind !== "done") return outcome;
      durationMs += outcome.durationMs;
    }
    return { kind: "done", durationMs };
  };
  const downgrade = (revisions: readonly string[]) => limited(() => session.downgrade(revisions));
  async function recorded(revision: string, direction: Direction): Promise<StepOutcome | HungStep> {
    await loadParser();
    const label: StepLabel = { revision, direction };
    recorder.label(label);
    try {
      const outcome = await limited(() => usual.step(direction, revision, traceOf(label), "recorded"));
      if (outcome.kind !== "done") brokenOff.add(`${direction} ${revision}`);
      if (outcome.kind !== "hung") placed = askPlaces(`${direction} ${revision}`);
      // Nobody looks at the database then.
      if (outcome.kind === "failed") await placed;
      return outcome;
    } finally {
      recorder.label(undefined);
    }
  }
  return {
    snapshot: () =>
      onlooker.look(async (client) => {
        const catalog = await readReplayState(client);
        await placed;
        return catalog;
      }),
    upgrade,
    downgrade,
    async rangeDown(revisions) {
      const back = revisions.toReversed();
      if (!runsTogether(revisions)) return downgrade(back);
      await alone(() => database.checkpoint());
      const down = await inOneRun(run, "down", back, "again");
      forgetAgain(back);
      return down ?? downgrade(back);
    },
    async rangeUp(revisions) {
      if (!runsTogether(revisions)) return upgradeEach(revisions);
      const up = await inOneRun(run, "up", revisions, "again");
      forgetAgain(revisions);
      if (up) return up;
      const down = await downgrade(revisions.toReversed());
      return down.kind === "done" ? upgradeEach(revisions) : down;
    },
    ...(session.atOnce && { atOnce: { ...session.atOnce, upgrade: upgradeAtOnce(session.atOnce) } }),
    blockedTables: (revision, direction) => [
      ...new Set(
        recorder
          .step({ revision, direction })
          .map(({ evidence }) => evidence)
          // Who gives up at once would fail, and not wait.
          .filter(({ lockTimeoutMs = 0 }) => lockTimeoutMs === 0 || lockTimeoutMs >= leastPatienceMs)
          .flatMap(({ locks }) => locks)
          .filter(({ kind, mode }) => sittable.has(kind) && blocksQueries(mode))
          .map(({ relation }) => relation),
      ),
    ],
    parked: (revision, direction, tables) =>
      withParkedTransactions(database.connect, { revision, direction }, tables, () =>
        direction === "up" ? upgradeOne(revision) : downgrade([revision]),
      ),
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
    sentFirst: (revision) => sentScript(recorder.step({ revision, direction: "up" })),
    afresh: (revision) => recorder.forget({ revision, direction: "again" }),
    expectOthers: (sources) => others?.expect(sources),
    async otherSurroundings() {
      settings ??= database.connect().then((client) => otherSettings(client).finally(() => client.end()));
      return {
        settings: await settings,
        daysAhead: otherDay,
        ...((await others?.expected()) ?? { variables: new Map() }),
      };
    },
    async noted(revisions) {
      if (runsTogether(revisions)) {
        await alone(() => database.checkpoint());
        const together = await inOneRun(run, "up", revisions, "up");
        if (together) return together;
      }
      let durationMs = 0;
      try {
        for (const revision of revisions) {
          recorder.label({ revision, direction: "up" }, false);
          const outcome = await limited(() => session.upgrade([revision]));
          if (outcome.kind !== "done") return outcome;
          durationMs += outcome.durationMs;
        }
        return { kind: "done", durationMs };
      } finally {
        recorder.label(undefined);
      }
    },
    recorded,
    async back(revision) {
      const looked = onlooker.look(readTableNumbers);
      const outcome = await recorded(revision, "down");
      const copies = recorder.step({ revision, direction: "down" }).some(({ sql }) => mayCopyRows(sql));
      const numbers = await looked;
      if (outcome.kind !== "done" || copies) return { outcome, madeEmpty: [] };
      return { outcome, madeEmpty: await onlooker.look((client) => madeSince(client, numbers)) };
    },
    places: (revision, direction) => places.get(`${direction} ${revision}`) ?? [],
    checkpoint: () => alone(() => database.checkpoint()),
    keep: () => database.keep(),
    restore: (state) => alone(() => database.restore(state)),
    brokenOff,
    async [Symbol.asyncDispose]() {
      await others?.close();
      await onlooker.leave();
    },
  };
}
