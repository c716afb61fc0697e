import type { Direction } from "../finding.ts";
import { optional } from "../optional.ts";
import type { PlannedReport } from "../plan/repeats.ts";
import type { PlannedStatement } from "../plan/seal-plan.ts";
import { undoneIn } from "../plan/undone.ts";
import { toldAfter, type ToldReport } from "../plan/told-sessions.ts";
import type { StepOutcome } from "../sessions/session.ts";
import type { LockMode } from "../postgres/lock-modes.ts";
import { blocksQueries } from "../postgres/blocked-by.ts";
import { lockNotAvailable, queryCanceled } from "../postgres/sql-states.ts";
import { withoutLeadingComments } from "../sql/scan-statements.ts";
import { settingOf } from "../sql/setting.ts";
import { statementIdentity } from "../sql/statement-identity.ts";
import { nothingTold } from "../sql/told.ts";
import type { GuardedRevision, GuardEvent, Refusal } from "../wire/guard.ts";
import { readScript } from "../wire/script.ts";
import { onlyWaits } from "../wire/statement-limits.ts";
import type { StatementReport } from "../verdict.ts";
import { watchBlockers } from "./blockers.ts";
import { overlongWaits } from "./overlong-waits.ts";
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

/** What identifies a planned statement in the ledger. */
export const identityOf = (statement: PlannedStatement | undefined): string =>
  statement?.text ?? statement?.fingerprint ?? "";

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
    return (noting = noting.catch(() => {}).then(() => note(event, step, durations, context)));
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

/**
 * What the rehearsal sent, as the guard takes it: beside the plan, what the session asks, and what the version table is told
 * when its time has come. What a session is told is no statement of its own: each of the others says what it was when it came.
 */
export function passable(
  reports: readonly PlannedReport[],
  session: readonly ToldReport[] = [],
): Pick<GuardedRevision, "statements" | "alsoAllowed" | "sessions"> {
  let before = 0;
  const alsoAllowed = reports.flatMap((report) => {
    const { role, sql, transactional, transaction, told } = report;
    if (role === "migration") before += 1;
    if (role === "migration" || isSetting(report)) return [];
    const records = role === "bookkeeping" && /^\s*(?:insert|update|delete|truncate)\b/i.test(sql);
    if (!records || before === 0) return [{ ...identify(report), ...(records ? { told } : {}) }];
    return [{ ...identify(report), after: before, told, ...(transactional ? { transaction } : {}) }];
  });
  const undone = undoneIn(reports);
  const statements = reports
    .filter(({ role }) => role === "migration")
    .map((report) => {
      const { transactional, transaction, tag, sqlState, result, locks, evidence, repeats, told } = report;
      return {
        ...identify(report),
        transactional,
        told,
        ...(transactional && repeats !== "apart" ? { transaction } : {}),
        ...(repeats === undefined ? {} : { repeats: true as const }),
        ...(tag === undefined ? {} : { tag }),
        ...(sqlState === undefined ? {} : { fails: true as const }),
        ...(result === undefined ? {} : { result }),
        ...optional("undone", undone.get(report)),
        // What was seen counts more than what its kind suggests.
        ...(evidence !== "complete" ? {} : { blocks: locks.some(({ mode }) => blocksQueries(mode as LockMode)) }),
      };
    });
  const atAnyTime = session.filter((report) => !isSetting(report)).map(identify);
  return {
    statements,
    alsoAllowed: distinct([...alsoAllowed, ...atAnyTime]),
    sessions: distinct([
      nothingTold,
      ...[...reports, ...session].flatMap((report) => [report.told, toldAfter(report)]),
    ]),
  };
}

const identify = ({ sql, fingerprint, values }: StatementReport) => statementIdentity(sql, fingerprint, values);

const isSetting = ({ role, sql, values }: StatementReport): boolean =>
  role === "setting" || (role === "session" && settingOf(sql, values) !== undefined);

/** Each once. */
const distinct = <Value>(values: readonly Value[]): readonly Value[] => [
  ...new Map(
    values.map((value) => [
      JSON.stringify(value, (_, inner: unknown) => (inner instanceof Map ? [...inner] : inner)),
      value,
    ]),
  ).values(),
];

async function note(
  event: GuardEvent,
  { planned, reports, revision, atomic, alone }: RehearsedRevision,
  durations: number[],
  { lock, ledger, client }: StepContext,
): Promise<void> {
  const numbered = (indexes: readonly number[]) =>
    indexes.map((index) => ({ number: index + 1, text: identityOf(planned.statements[index]) }));
  if (event.kind === "refused") return;
  if (event.kind === "statement") {
    const { phase, index, transactional, awaitsEnding, durationMs } = event;
    // Whoever may have taken the lock since waits for this connection, which it can see.
    if (phase === "sent") await lock.verify();
    const repeats = planned.statements[index]?.repeats !== undefined;
    const isFirst = durations[index] === undefined;
    if (phase === "sent") durations[index] ??= 0;
    if (phase === "done") durations[index] = (durations[index] ?? 0) + Math.round(durationMs ?? 0);
    // How often it came tells nothing of how often it will: after a death it is begun again.
    if (repeats && phase === "sent" && isFirst && !atomic)
      await ledger.write(revision.id, { event: "repeating", statement: index + 1 });
    if (repeats) return;
    // Before its transaction is about to be committed, nothing of it can be there.
    if (transactional && (atomic || awaitsEnding || !alone.has(index))) return;
    if (phase === "sent") await ledger.write(revision.id, { event: "sent", statement: index + 1 });
    // That one in a transaction of its own is there for good is told as the end of that.
    if (phase === "done" && !transactional)
      await ledger.write(revision.id, {
        event: "finished",
        statements: numbered([index]),
        ...(durationMs === undefined ? {} : { durationMs: Math.round(durationMs) }),
      });
    return;
  }
  // One transaction is wholly there or not at all, and the version table in it says which.
  const indexes = event.statements.filter((index) => {
    const statement = planned.statements[index];
    return statement?.transactional && statement.repeats === undefined;
  });
  if (atomic || indexes.length === 0) return;
  const statements = indexes.map((index) => index + 1);
  switch (event.phase) {
    case "ending": {
      return ledger.write(revision.id, {
        event: "committing",
        statements,
        ...(await transactionOf(client, event.processId, () => {
          const work = reports.filter(({ role }) => role === "migration");
          return event.statements.every((index) => onlyReads(work[index]?.sql ?? ""));
        })),
      });
    }
    case "committed":
      return ledger.write(revision.id, { event: "finished", statements: numbered(indexes) });
    case "rolled back":
      return ledger.write(revision.id, { event: "undone", statements });
    case "unknown":
      return;
  }
}

/** Another server may have been written to without this one's knowing: by a foreign table, or by what `dblink` sends. */
const onlyReads = (sql: string): boolean =>
  /^(?:select|table|values|show|set|reset)\b/i.test(withoutLeadingComments(sql)) && !/dblink/i.test(sql);

/**
 * The number of a session's transaction, with its epoch; or that it has none, because it has written nothing; empty where neither
 * can be told.
 */
async function transactionOf(
  client: StepContext["client"],
  processId: number,
  readsOnly: () => boolean,
): Promise<{ readonly transaction?: string; readonly wroteNothing?: true }> {
  const { rows } = await client.query<{ transaction: string | null }>(
    // What runs now is at most half a turn of the counter away, and may be ahead of a snapshot, which ends behind the last that ended.
    // Whose state is not shown may have a number that is not shown.
    `SELECT (current + ((backend - current + 2147483648) & 4294967295) - 2147483648)::text AS transaction
       FROM (SELECT backend_xid::text::bigint AS backend, pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS current
               FROM pg_stat_activity WHERE pid = $1 AND state IS NOT NULL) AS counters`,
    [processId],
  );
  const [found] = rows;
  if (found === undefined) return {};
  if (found.transaction !== null) return { transaction: found.transaction };
  return readsOnly() ? { wroteNothing: true } : {};
}
