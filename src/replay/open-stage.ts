import type { WorkDatabase } from "../engines/work-database.ts";
import type { Direction } from "../finding.ts";
import type { AtOnce, Session, StatementPlace, StepOutcome } from "../sessions/session.ts";
import { loadParser } from "../sql/parser.ts";
import type { Recorder } from "../wire/recorder.ts";
import { blockedTables } from "./blocked-tables.ts";
import { sentScript } from "./determinism.ts";
import { createOnlooker } from "./onlooker.ts";
import { otherSessions } from "./other-sessions.ts";
import { otherSettings } from "./other-settings.ts";
import { withParkedTransactions } from "./outage.ts";
import { rangeSteps } from "./range-steps.ts";
import { readReplayState } from "./replay-state.ts";
import { endingWaitsForItself } from "./self-wait.ts";
import type { Stage } from "./stage.ts";
import { type FailureWords, createStepTaker } from "./step-taker.ts";
import type { HungStep } from "./steps.ts";
import { type OtherProcesses, otherDay } from "./surroundings.ts";
import { madeSince, mayCopyRows, onlyRename, readTableNumbers } from "./table-numbers.ts";

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
  words: FailureWords,
  processes?: OtherProcesses,
): Stage {
  const others = processes && otherSessions(processes);
  const taker = createStepTaker(given, database, recorder, timeLimitMs, words, others);
  const { session, limited, upgrade, downgrade } = taker;
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
  let settings: Promise<ReadonlyMap<string, string>> | undefined;
  let versionTables: readonly string[] = [];
  // A database can only be copied or replaced while nobody is connected to it.
  const alone = async (action: () => Promise<void>) => {
    await onlooker.leave();
    await taker.release();
    await recorder.release();
    await action();
  };
  const checkpoint = () => alone(() => database.checkpoint());
  const restore = (state?: "kept") => alone(() => database.restore(state));
  const upgradeAtOnce = (atOnce: AtOnce) => (revisions: readonly string[]) =>
    endingWaitsForItself(database.connect, () => limited(() => atOnce.upgrade(revisions)));
  async function recorded(revision: string, direction: Direction): Promise<StepOutcome | HungStep> {
    await loadParser();
    const label = { revision, direction };
    recorder.label(label);
    try {
      const outcome = await taker.step(label);
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
    ...(session.atOnce && { atOnce: { ...session.atOnce, upgrade: upgradeAtOnce(session.atOnce) } }),
    ...rangeSteps(taker, recorder, { checkpoint, restore }),
    again: taker.again,
    backIn: taker.backIn,
    expectRecord(names) {
      versionTables = names;
    },
    blockedTables: (revision, direction) => blockedTables(recorder.step({ revision, direction }), versionTables),
    parked: (revision, direction, tables) =>
      withParkedTransactions(database.connect, { revision, direction }, tables, () =>
        direction === "up" ? upgrade([revision]) : downgrade([revision]),
      ),
    sentFirst: (revision) => sentScript(recorder.step({ revision, direction: "up" })),
    afresh: (revision) => recorder.forget({ revision, direction: "again" }),
    expectOthers: (sources) => others?.expect(sources),
    async otherSurroundings() {
      settings ??= database.withClient(otherSettings);
      return {
        settings: await settings,
        daysAhead: otherDay,
        ...((await others?.expected()) ?? { variables: new Map() }),
      };
    },
    recorded,
    async back(revision) {
      const looked = onlooker.look(readTableNumbers);
      const outcome = await recorded(revision, "down");
      const copies = recorder.step({ revision, direction: "down" }).some(({ sql }) => mayCopyRows(sql));
      const numbers = await looked;
      const renamed = onlyRename(recorder.step({ revision, direction: "up" }).map(({ sql }) => sql));
      if (outcome.kind !== "done" || copies) return { outcome, renamed, madeEmpty: Promise.resolve([]) };
      return { outcome, renamed, madeEmpty: onlooker.look((client) => madeSince(client, numbers)) };
    },
    places: (revision, direction) => places.get(`${direction} ${revision}`) ?? [],
    checkpoint,
    keep: () => database.keep(),
    restore,
    brokenOff,
    async [Symbol.asyncDispose]() {
      await taker[Symbol.asyncDispose]();
      await others?.close();
      await onlooker.leave();
    },
  };
}
