import type { Direction } from "../finding.ts";
import type { StepOutcome } from "../sessions/session.ts";
import { lockNotAvailable, queryCanceled } from "../postgres/sql-states.ts";
import type { Refusal } from "../wire/guard.ts";
import { readScript } from "../wire/script.ts";
import { onlyWaits } from "../wire/statement-limits.ts";
import { watchBlockers } from "./blockers.ts";
import { noteEvent } from "./note-event.ts";
import { overlongWaits } from "./overlong-waits.ts";
import { passable } from "./passable.ts";
import type { RehearsedRevision } from "./rehearsed.ts";
import type { StepContext } from "./step-context.ts";

/** How one attempt at a revision ended. */
export interface Attempt {
  readonly outcome: StepOutcome;
  readonly refusal?: Refusal;
  /** Whether an error came out of a function's code. */
  readonly saidByCode: boolean;
  /** Everybody who kept it waiting. */
  readonly blockedBy: readonly string[];
  /** Of each statement, in milliseconds. */
  readonly durations: readonly number[];
}

/** Has the tool take the step, behind the guard, and writes down what a rollback would not undo. */
export async function attemptOnce(
  step: RehearsedRevision,
  direction: Direction,
  doneAlready: number,
  context: StepContext,
): Promise<Attempt> {
  const { session, wire, observer, working, limits, listen } = context;
  const { reports, revision } = step;
  const work = reports.filter(({ role }) => role === "migration");
  const durations: number[] = [];
  /** The statement of the plan that each of the tool's sessions is at. */
  const underWay = new Map<number, number>();
  // The tool may have several connections, and the ledger has one.
  let noting = Promise.resolve();
  listen((event) => {
    if (event.kind === "statement" && event.phase === "sent") underWay.set(event.processId, event.index);
    else if (event.kind === "statement") underWay.delete(event.processId);
    return (noting = noting.catch(() => {}).then(() => noteEvent(event, step, durations, context)));
  });
  wire.begin({ revision: revision.id, ...passable(reports, context.sessionStatements), doneAlready });
  const waits = overlongWaits(observer, working, limits["lock-timeout"], (pid) => {
    const statement = work[underWay.get(pid) ?? -1];
    return (
      statement === undefined || !onlyWaits(readScript(Buffer.from(statement.sql), "UTF8")?.[0]?.kind, statement.sql)
    );
  });
  const blockers = watchBlockers(observer, working, limits["lock-timeout"], waits.look);
  try {
    const ended = await (direction === "up" ? session.upgrade([revision.id]) : session.downgrade([revision.id]));
    const { refusal, saidByCode = false } = await wire.end();
    // The tool may say that its statement was cancelled before the server has said so to whoever had it cancelled.
    const blockedBy = await blockers.stop();
    const outcome = waits.cancelled() ? asLockTimeout(ended) : ended;
    const told = { outcome, saidByCode, durations, blockedBy };
    return refusal === undefined ? told : { ...told, refusal };
  } finally {
    listen(undefined);
    await blockers.stop();
    // The tool holds no connection, and no name of ours, between two revisions.
    await session.release().catch(() => {});
  }
}

/** It was cancelled because its locks together took too long, as the server would have for one of them. */
const asLockTimeout = (outcome: StepOutcome): StepOutcome =>
  outcome.kind === "failed" && outcome.failure.sqlState === queryCanceled
    ? {
        ...outcome,
        failure: {
          ...outcome.failure,
          sqlState: lockNotAvailable,
          message: "canceling statement due to lock timeout, which its locks took together",
        },
      }
    : outcome;
