import type { PlannedRevision, PlannedStatement } from "../plan/seal-plan.ts";
import { withoutLeadingComments } from "../sql/scan-statements.ts";
import type { GuardEvent } from "../wire/guard.ts";
import type { RehearsedRevision } from "./rehearsed.ts";
import type { StepContext } from "./step-context.ts";

/** What identifies a planned statement in the ledger. */
export const identityOf = (statement: PlannedStatement | undefined): string =>
  statement?.text ?? statement?.fingerprint ?? "";

/**
 * Writes down in the ledger what a rollback would not undo, as far as what comes next depends on it.
 * @param durations of each statement, in milliseconds; receives that of this one
 */
export async function noteEvent(
  event: GuardEvent,
  step: RehearsedRevision,
  durations: number[],
  context: StepContext,
): Promise<void> {
  switch (event.kind) {
    case "refused":
      return;
    case "statement":
      return noteStatement(event, step, durations, context);
    case "transaction":
      return noteTransaction(event, step, context);
    default:
      return event satisfies never;
  }
}

async function noteStatement(
  { phase, index, transactional, awaitsEnding, durationMs }: Extract<GuardEvent, { readonly kind: "statement" }>,
  { planned, revision, atomic, alone }: RehearsedRevision,
  durations: number[],
  { lock, ledger }: StepContext,
): Promise<void> {
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
      statements: numbered(planned, [index]),
      ...(durationMs === undefined ? {} : { durationMs: Math.round(durationMs) }),
    });
}

async function noteTransaction(
  { phase, statements, processId }: Extract<GuardEvent, { readonly kind: "transaction" }>,
  { planned, reports, revision, atomic }: RehearsedRevision,
  { ledger, client }: StepContext,
): Promise<void> {
  const indexes = statements.filter((index) => {
    const statement = planned.statements[index];
    return statement?.transactional && statement.repeats === undefined;
  });
  // One transaction is wholly there or not at all, and the version table in it says which.
  if (atomic || indexes.length === 0) return;
  const numbers = indexes.map((index) => index + 1);
  switch (phase) {
    case "ending": {
      const work = reports.filter(({ role }) => role === "migration");
      const readsOnly = () => statements.every((index) => onlyReads(work[index]?.sql ?? ""));
      return ledger.write(revision.id, {
        event: "committing",
        statements: numbers,
        ...(await transactionOf(client, processId, readsOnly)),
      });
    }
    case "committed":
      return ledger.write(revision.id, { event: "finished", statements: numbered(planned, indexes) });
    case "rolled back":
      return ledger.write(revision.id, { event: "undone", statements: numbers });
    case "unknown":
      return;
    default:
      return phase satisfies never;
  }
}

/** Statements as the ledger names them. */
const numbered = ({ statements }: PlannedRevision, indexes: readonly number[]) =>
  indexes.map((index) => ({ number: index + 1, text: identityOf(statements[index]) }));

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
