import type pg from "pg";
import type { Catalog } from "../catalog/catalog.ts";
import { readCatalog } from "../catalog/snapshot.ts";
import type { WorkDatabase } from "../engines/work-database.ts";
import type { Direction } from "../finding.ts";
import type { Session, StepOutcome } from "../sessions/session.ts";
import type { Recorder } from "../wire/recorder.ts";
import { rootCause } from "./root-cause.ts";
import { limitedStep, type HungStep } from "./steps.ts";

/** One project's tool and its database, with somebody watching: what the replay plays on. */
export interface Stage extends AsyncDisposable {
  /** The catalog as it is now. */
  snapshot(): Promise<Catalog>;
  upgrade(revisions: readonly string[]): Promise<StepOutcome | HungStep>;
  downgrade(revisions: readonly string[]): Promise<StepOutcome | HungStep>;
  /** Takes one revision one step and records every statement of it, with what the server says it did. */
  recorded(revision: string, direction: Direction): Promise<StepOutcome | HungStep>;
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
  const limited = (step: () => Promise<StepOutcome>) =>
    limitedStep(session, step, timeLimitMs, () => database.runningStatements());
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
    async noted(revisions) {
      let durationMs = 0;
      try {
        for (const revision of revisions) {
          recorder.label({ revision, direction: "up" }, false);
          const outcome = rootCause(await limited(() => session.upgrade([revision])), recorder);
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
        const outcome = await limited(() =>
          direction === "up" ? session.upgrade([revision]) : session.downgrade([revision]),
        );
        return rootCause(outcome, recorder);
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
