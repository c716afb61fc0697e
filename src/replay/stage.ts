import type pg from "pg";
import type { Catalog } from "../catalog/catalog.ts";
import { readCatalog } from "../catalog/snapshot.ts";
import type { WorkDatabase } from "../engines/work-database.ts";
import type { Direction } from "../finding.ts";
import { blocksQueries } from "../postgres/blocked-by.ts";
import type { Session, StepOutcome } from "../sessions/session.ts";
import type { Recorder } from "../wire/recorder.ts";
import type { RelationKind } from "../wire/recording.ts";
import { withParkedTransactions, type WithStalls } from "./outage.ts";
import { rootCause } from "./root-cause.ts";
import { limitedStep, type HungStep } from "./steps.ts";

/** On what an application's transaction can have a lock by its name. */
const sittable: ReadonlySet<RelationKind> = new Set(["table", "partitioned table", "materialized view"]);

/** Shorter than this a `lock_timeout` could strike while somebody sits on the table to see what stops. */
const leastPatienceMs = 1000;

/** One project's tool and its database, with somebody watching: what the replay plays on. */
export interface Stage extends AsyncDisposable {
  /** The catalog as it is now. */
  snapshot(): Promise<Catalog>;
  upgrade(revisions: readonly string[]): Promise<StepOutcome | HungStep>;
  downgrade(revisions: readonly string[]): Promise<StepOutcome | HungStep>;
  /** Takes one revision one step and records every statement of it, with what the server says it did. */
  recorded(revision: string, direction: Direction): Promise<StepOutcome | HungStep>;
  /** The tables on which the recorded upgrade of this revision took a lock that reads or writes have to wait for. */
  blockedTables(revision: string): readonly string[];
  /** Upgrades while others sit on these tables, and sees what stops meanwhile. */
  parked(revision: string, tables: readonly string[]): Promise<WithStalls<StepOutcome | HungStep>>;
  /** Applies revisions and takes down only what they send. */
  noted(revisions: readonly string[]): Promise<StepOutcome | HungStep>;
  /** Remembers the present state of the database, in place of what was remembered before. */
  checkpoint(): Promise<void>;
  /** Brings the database back to the remembered state. */
  restore(): Promise<void>;
}

/**
 * Joins a session and a work database. Disposing it closes the observer's connection and neither of the two.
 * @param recorder what the session's connections pass through
 */
export function openStage(session: Session, database: WorkDatabase, recorder: Recorder, timeLimitMs: number): Stage {
  let observer: pg.Client | undefined;
  const stopObserving = async () => {
    await observer?.end();
    observer = undefined;
  };
  const limited = async (step: () => Promise<StepOutcome>) => {
    recorder.takeRefusal();
    const outcome = await limitedStep(session, step, timeLimitMs, () => database.runningStatements());
    return rootCause(outcome, recorder.takeRefusal());
  };
  // A database can only be copied or replaced while nobody is connected to it.
  const alone = async (action: () => Promise<void>) => {
    await session.release();
    await stopObserving();
    await action();
  };
  return {
    snapshot: async () => readCatalog((observer ??= await database.connect())),
    upgrade: (revisions) => limited(() => session.upgrade(revisions)),
    downgrade: (revisions) => limited(() => session.downgrade(revisions)),
    blockedTables: (revision) => [
      ...new Set(
        recorder
          .recording()
          .statements.filter(({ label }) => label?.revision === revision && label.direction === "up")
          .map(({ evidence }) => evidence)
          // Who gives up at once would fail, and not wait.
          .filter(({ lockTimeoutMs = 0 }) => lockTimeoutMs === 0 || lockTimeoutMs >= leastPatienceMs)
          .flatMap(({ locks }) => locks)
          .filter(({ kind, mode }) => sittable.has(kind) && blocksQueries(mode))
          .map(({ relation }) => relation),
      ),
    ],
    parked: (revision, tables) =>
      withParkedTransactions(database.connect, revision, tables, () => limited(() => session.upgrade([revision]))),
    async noted(revisions) {
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
    async recorded(revision, direction) {
      // Whether a connection is recorded is decided when it begins.
      await session.release();
      recorder.label({ revision, direction });
      try {
        return await limited(() => (direction === "up" ? session.upgrade([revision]) : session.downgrade([revision])));
      } finally {
        recorder.label(undefined);
        await session.release();
      }
    },
    checkpoint: () => alone(() => database.checkpoint()),
    restore: () => alone(() => database.restore()),
    [Symbol.asyncDispose]: stopObserving,
  };
}
