import type pg from "pg";
import type { Catalog } from "../catalog/catalog.ts";
import type { WorkDatabase } from "../engines/work-database.ts";
import type { Direction } from "../finding.ts";
import { optional } from "../optional.ts";
import { blocksQueries } from "../postgres/blocked-by.ts";
import { notInTransaction } from "../postgres/sql-states.ts";
import { loadParser } from "../sql/parser.ts";
import type { AtOnce, Session, StatementPlace, StepOutcome } from "../sessions/session.ts";
import type { Recorder } from "../wire/recorder.ts";
import type { RelationKind, StepLabel } from "../wire/recording.ts";
import { sentScript, type SentScript } from "./determinism.ts";
import { holding, type HeldSession, type StepTrace } from "./held-session.ts";
import { otherSettings } from "./other-settings.ts";
import { otherSessions } from "./other-sessions.ts";
import { inOwnWords } from "./own-words.ts";
import { unchanged, type OtherProcesses, type Surroundings } from "./surroundings.ts";
import { withParkedTransactions, type WithStalls } from "./outage.ts";
import { readReplayState } from "./replay-state.ts";
import { rootCause } from "./root-cause.ts";
import { endingWaitsForItself } from "./self-wait.ts";
import { changesSession } from "./session-state.ts";
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

/** One project's tool and its database, with somebody watching: what the replay plays on. */
export interface Stage extends AsyncDisposable {
  /** The catalog as it is now, and what `ALTER SYSTEM` has set. The next step may begin before it has been read. */
  snapshot(): Promise<Catalog>;
  upgrade(revisions: readonly string[]): Promise<StepOutcome | HungStep>;
  downgrade(revisions: readonly string[]): Promise<StepOutcome | HungStep>;
  /** Takes all of these back, the last first. Leaves a checkpoint of its own. */
  rangeDown(revisions: readonly string[]): Promise<StepOutcome | HungStep>;
  /** Applies all of these again, after `rangeDown` of the same. */
  rangeUp(revisions: readonly string[]): Promise<StepOutcome | HungStep>;
  /** What the tool's own command does with all that is pending; absent where that is one by one. */
  readonly atOnce?: Pick<AtOnce, "manner" | "remedy"> & {
    /** Applies all of these so. A statement that waits for the run's own transaction is ended, and is its failure. */
    upgrade(revisions: readonly string[]): Promise<StepOutcome | HungStep>;
  };
  /** Takes one revision one step and records every statement of it, with what the server says it did. */
  recorded(revision: string, direction: Direction): Promise<StepOutcome | HungStep>;
  /** The tables on which the recorded step of this revision took a lock that reads or writes have to wait for. */
  blockedTables(revision: string, direction: Direction): readonly string[];
  /** Takes a step while others sit on these tables, and sees what stops meanwhile. */
  parked(
    revision: string,
    direction: Direction,
    tables: readonly string[],
  ): Promise<WithStalls<StepOutcome | HungStep>>;
  /** Upgrades after a downgrade, in these surroundings or in the usual ones, and takes down only what is sent. */
  again(
    surroundings: Surroundings | undefined,
    revision: string,
    upgrade: () => Promise<StepOutcome | HungStep>,
  ): Promise<{ readonly outcome: StepOutcome | HungStep; readonly sent: SentScript }>;
  /** Takes a revision back in these surroundings, which may be the only ones that know what it made in them. */
  backIn(surroundings: Surroundings, revision: string): Promise<StepOutcome | HungStep>;
  /** Forgets what was sent again so far: the attempt is made once more. */
  afresh(revision: string): void;
  /** What the recorded upgrade of this revision sent. */
  sentFirst(revision: string): SentScript;
  /** Begins to load the tool in another process, for the second upgrade of these. @param sources of the migrations */
  expectOthers(sources: readonly string[]): void;
  /** Other surroundings than usual, and why the process is not another one where it could be. */
  otherSurroundings(): Promise<Surroundings & { readonly untried?: string }>;
  /** Where in its file each statement of a recorded step came from, in their order; none where the tool cannot say. */
  places(revision: string, direction: Direction): readonly StatementPlace[];
  /** Applies revisions and takes down only what they send. */
  noted(revisions: readonly string[]): Promise<StepOutcome | HungStep>;
  /** Takes a revision back, recorded, and gives the tables and columns that it made and copied no rows into, as the catalog names them. */
  back(revision: string): Promise<{ readonly outcome: StepOutcome | HungStep; readonly madeEmpty: readonly string[] }>;
  /** Remembers the present state of the database, in place of what was remembered before. */
  checkpoint(): Promise<void>;
  /** Keeps what is remembered now beside what will be; once. */
  keep(): Promise<void>;
  /** Brings the database back to the remembered state, or to the one that was kept. */
  restore(state?: "kept"): Promise<void>;
  /** The recorded steps that did not get to their end, as `up ab12`: they did not send all that they would. */
  readonly brokenOff: ReadonlySet<string>;
}

/**
 * Joins a session and a work database. Disposing it closes the observer's connection and neither of the two.
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
  let observer: pg.Client | undefined;
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
  let looking: Promise<unknown> = Promise.resolve();
  /** Looks at the database as it is now: what a step sends that begins meanwhile waits for it. */
  const look = <Seen>(action: () => Promise<Seen>): Promise<Seen> => {
    const seen = looking.then(action);
    recorder.holdBack(seen);
    // Whoever awaits it is told.
    looking = seen.catch(() => {});
    return seen;
  };
  const stopObserving = async () => {
    await observer?.end();
    observer = undefined;
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
    await looking;
    for (const each of [usual, ...held.values()]) await each.release();
    await recorder.release();
    await stopObserving();
    await action();
  };
  /**
   * Takes revisions one step in one run of the tool; what they send is taken down as `noted`. Gives nothing where that is
   * not the same as one by one, and then the database is as it was at the last checkpoint.
   */
  const inOneRun = async (
    direction: Direction,
    revisions: readonly string[],
    noted: StepLabel["direction"],
  ): Promise<StepOutcome | HungStep | undefined> => {
    await loadParser();
    const steps = revisions.map((revision): StepLabel => ({ revision, direction: noted }));
    const leavesTraces = () => steps.some((step) => recorder.step(step).some(({ sql }) => changesSession(sql)));
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
      await alone(() => database.restore());
      for (const step of steps) recorder.forget(step);
      return undefined;
    } finally {
      recorder.label(undefined);
    }
  };
  const runsTogether = (revisions: readonly string[]) => session.together && revisions.length >= fewRevisions;
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
  const within = async <Result>({ settings, variables }: Surroundings, action: () => Promise<Result>) => {
    recorder.startWith(settings);
    try {
      if (others && variables.size > 0) {
        const other = await others.at(variables);
        acting = held.get(other) ?? holding(other);
        held.set(other, acting);
      } else await usual.release();
      return await action();
    } finally {
      recorder.startWith(new Map());
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
      look(async () => {
        const catalog = await readReplayState((observer ??= await database.connect()));
        await placed;
        return catalog;
      }),
    upgrade,
    downgrade,
    async rangeDown(revisions) {
      const back = revisions.toReversed();
      if (!runsTogether(revisions)) return downgrade(back);
      await alone(() => database.checkpoint());
      const down = await inOneRun("down", back, "again");
      forgetAgain(back);
      return down ?? downgrade(back);
    },
    async rangeUp(revisions) {
      if (!runsTogether(revisions)) return upgradeEach(revisions);
      const up = await inOneRun("up", revisions, "again");
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
          const manner = `again ${JSON.stringify([...surroundings.settings])}`;
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
      return { settings: await settings, ...((await others?.expected()) ?? { variables: new Map() }) };
    },
    async noted(revisions) {
      if (runsTogether(revisions)) {
        await alone(() => database.checkpoint());
        const together = await inOneRun("up", revisions, "up");
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
      const looked = look(async () => readTableNumbers((observer ??= await database.connect())));
      const outcome = await recorded(revision, "down");
      const copies = recorder.step({ revision, direction: "down" }).some(({ sql }) => mayCopyRows(sql));
      const numbers = await looked;
      if (outcome.kind !== "done" || copies) return { outcome, madeEmpty: [] };
      return { outcome, madeEmpty: await madeSince((observer ??= await database.connect()), numbers) };
    },
    places: (revision, direction) => places.get(`${direction} ${revision}`) ?? [],
    checkpoint: () => alone(() => database.checkpoint()),
    keep: () => database.keep(),
    restore: (state) => alone(() => database.restore(state)),
    brokenOff,
    async [Symbol.asyncDispose]() {
      await others?.close();
      await stopObserving();
    },
  };
}
