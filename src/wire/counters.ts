import type { Answer } from "./asking.ts";
import type { Context } from "./conversation.ts";
import { countersQuery, raisedLevel, readCounters, walPosition } from "./probe.ts";
import type { Transaction } from "./transaction.ts";

/** First major version with `pg_stat_force_next_flush()`. */
const flushingSince = 15;

/** Whether the server can be told to report the session's counters of scans, which starts them from nothing. */
export function clearsCounters({ serverMajor }: Pick<Context, "serverMajor">): boolean {
  return serverMajor() >= flushingSince;
}

/** Whether a text may have the server count no scans any more: for the session, a database, a role or a function. */
export const mayStopCounting = (sql: string): boolean => /\btrack_counts\b/i.test(sql);

/** Why the evidence of what comes behind such a text is not complete. */
export const mayBeUncounted = "track_counts was set; tables that it read whole may be missing.";

/**
 * Clears the session's counters of scans after something that no probe counted, so that the next transaction starts from
 * nothing; before PostgreSQL 15, which can't, reads what they start from. Idle connections only.
 */
export async function settleCounters(context: Context, how: "simple" | "extended"): Promise<void> {
  const { asking, exchange, notebook, transactions } = context;
  if (!transactions.uncounted || !notebook.evidence || exchange.status() !== "I") return;
  transactions.uncounted = false;
  const clears = clearsCounters(context);
  const query = clears ? "select pg_catalog.pg_stat_force_next_flush()" : countersQuery;
  const answer = how === "simple" ? await asking.simple(query) : await asking.extended([query], "sync");
  transactions.carried = clears ? new Map() : readCounters(answer?.rows[0]?.[0]);
}

/** Asks a transaction where the write-ahead log is. */
const walQuery = "select pg_catalog.pg_current_wal_insert_lsn()";

/** Asks the server to say more until the transaction ends, in a query: a transaction that is implicit has no SET LOCAL. */
export const raising = `pg_catalog.set_config('client_min_messages', '${raisedLevel}', true)`;

/**
 * Asks a transaction, before its statement, for what the probe after it is compared with: all where it is one of ours, and the
 * position in the log alone where somebody else may have written there since the last probe.
 */
export function startQueries(
  context: Context,
  { ours, raises = false }: { readonly ours: boolean; readonly raises?: boolean },
): readonly string[] {
  return [...(clearsCounters(context) || !ours ? [] : [countersQuery]), raises ? `${walQuery}, ${raising}` : walQuery];
}

/** The answer to {@link startQueries}, which end a question. */
export function noteStart(
  context: Context,
  transaction: Transaction,
  answer: Answer | undefined,
  { ours }: { readonly ours: boolean },
): void {
  if (!answer || answer.failure) return;
  transaction.wal = walPosition(answer.rows.at(-1)?.[0]);
  transaction.disturbed = false;
  if (!clearsCounters(context) && ours) context.transactions.carried = readCounters(answer.rows.at(-2)?.[0]);
}

/** Notes whether somebody looks at the database, who may write to the log; whether its position is to be asked for anew. */
export function isDisturbed({ notebook }: Context, transaction: Transaction): boolean {
  const now = notebook.holdsBack() !== undefined;
  transaction.disturbed ||= now;
  // In the client's own transaction a query of ours must not be the first: it would take the snapshot.
  return transaction.disturbed && !now && transaction.wal !== undefined;
}
