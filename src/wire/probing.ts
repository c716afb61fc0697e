import type { Answer } from "./asking.ts";
import type { Context } from "./conversation.ts";
import { noEvidence } from "./evidence.ts";
import type { Surroundings } from "./evidence.ts";
import type { Frame } from "./framing.ts";
import {
  countersQuery,
  durationMs,
  probeQuery,
  readCounters,
  readProbe,
  readSettings,
  settingsQueries,
} from "./probe.ts";
import type { SessionSettings } from "./probe.ts";
import type { StatementEvidence } from "./recording.ts";
import type { StatementKind } from "./statement-kind.ts";
import type { Transaction } from "./transactions.ts";

/** First major version with `pg_stat_force_next_flush()`. */
const flushingSince = 15;
/** A probe takes about a millisecond; only a shorter limit than this could end it. */
const safeTimeoutMs = 10_000;
/** They may have set `statement_timeout` themselves, so that it can't be given back its value from before. */
const settingNodes = new Set(["", "SelectStmt", "DoStmt", "CallStmt", "ExecuteStmt"]);
/** After these, every setting is what it was. */
const settingNeutral = new Set(["begin", "savepoint"]);

/**
 * Asks for the session's settings unless they are known. Not in a failed transaction. `end`: of an extended question,
 * `sync` where none of the client's messages are under way.
 */
export async function refreshSettings(
  context: Context,
  how: "simple" | "extended",
  end: "sync" | "flush" = "flush",
): Promise<void> {
  if (context.settings) return;
  const answer =
    how === "simple"
      ? await context.asking.simple(settingsQueries.join("; "))
      : await context.asking.extended(settingsQueries, end);
  context.settings = readSettings(answer?.rows ?? []);
}

/** What the settings say now that a statement of this kind has run. */
export function settingsAfter(context: Context, kind: StatementKind): void {
  if (kind.control && settingNeutral.has(kind.control)) return;
  if (/^(?:Listen|Unlisten|Notify|Lock|ClosePortal|Deallocate|VariableShow)Stmt$/.test(kind.node)) return;
  context.settings = undefined;
}

/** The settings once a transaction of ours around one statement is over: what the statement set for it alone is gone. */
export function settingsAfterOurs(
  before: SessionSettings | undefined,
  inside: SessionSettings | undefined,
): SessionSettings | undefined {
  const same =
    before?.level === inside?.level &&
    before?.lockTimeout === inside?.lockTimeout &&
    before?.statementTimeout === inside?.statementTimeout;
  return same ? before : undefined;
}

/** Whether the server has to be asked to say more about a statement than the client wants to hear. */
export function talks(kind: StatementKind, settings: SessionSettings | undefined): boolean {
  return kind.talkative && settings !== undefined && !settings.level.startsWith("debug");
}

/** `lock_timeout` as far as it is known. */
export function lockTimeout({ settings }: Context): Pick<Surroundings, "lockTimeoutMs"> {
  return settings ? { lockTimeoutMs: durationMs(settings.lockTimeout) } : {};
}

/**
 * Clears the session's counters of scans after something that no probe counted, so that the next transaction starts from
 * nothing; before PostgreSQL 15, which can't, reads what they start from. Idle connections only.
 */
export async function settleCounters(context: Context, how: "simple" | "extended"): Promise<void> {
  const { asking, exchange, notebook, transactions } = context;
  if (!transactions.uncounted || !notebook.evidence || exchange.status() !== "I") return;
  transactions.uncounted = false;
  const clears = context.serverMajor() >= flushingSince;
  const query = clears ? "select pg_catalog.pg_stat_force_next_flush()" : countersQuery;
  const answer = how === "simple" ? await asking.simple(query) : await asking.extended([query], "sync");
  transactions.carried = clears ? new Map() : readCounters(answer?.rows[0]?.[0]);
}

/** Asks an open transaction what a statement did in it, and gives the client's settings back their values. */
export async function askProbe(
  context: Context,
  transaction: Transaction,
  around: Surroundings,
  options: {
    /** Type of the statement's parse tree; empty when it is unknown. */
    readonly node: string;
    readonly how: "simple" | "extended";
    /** The client's `client_min_messages`, where the server was asked to say more. */
    readonly level?: string;
    /** Whether it shall be in effect again for the rest of the transaction. */
    readonly restores?: boolean;
    /** Asks from outside. */
    readonly observed?: boolean;
    /** Commits in the same message, which saves a round trip; not where it asks from outside. */
    readonly commit?: { onNotice(frame: Frame): void; done(answer: Answer): void };
  },
): Promise<StatementEvidence> {
  const { asking, observer, transactions, settings } = context;
  try {
    if (options.observed && transaction.states.size === 0) {
      await transactions.mark(transaction);
      return transactions.locksSeen(transaction, await observer.locksOf(context.processId()), around);
    }
  } catch (cause) {
    return noEvidence(`The database could not be asked: ${(cause as Error).message}.`, around);
  }
  const mark = await transactions.mark(transaction).catch((cause: Error) => cause);
  const flushesCounters = context.serverMajor() >= flushingSince;
  transactions.carries = !flushesCounters;
  const limited = settings ? durationMs(settings.statementTimeout) : 0;
  const lifts = limited > 0 && limited < safeTimeoutMs && !settingNodes.has(options.node);
  const queries = [
    ...(lifts ? ["set local statement_timeout = 0"] : []),
    probeQuery({
      highestOid: mark instanceof Error ? 0 : mark.highestOid,
      flushesCounters,
      ...(options.restores && options.level && { restoreLevel: options.level }),
    }),
    ...(lifts ? [`set local statement_timeout = '${settings?.statementTimeout}'`] : []),
    ...(options.commit ? ["commit"] : []),
  ];
  const answer =
    options.how === "simple"
      ? await asking.simple(queries.join("; "), options.commit && { onNotice: options.commit.onNotice })
      : await asking.extended(queries, "flush");
  if (answer) options.commit?.done(answer);
  const row = answer?.rows[0];
  if (!row || (answer?.failure && !options.commit)) {
    context.settings = undefined;
    return noEvidence("The transaction could not be asked what it holds.", around);
  }
  const probe = readProbe(row);
  context.settings = {
    ...probe.settings,
    ...(options.level && probe.settings.level === "debug1" && { level: options.level }),
    ...(lifts && settings && { statementTimeout: settings.statementTimeout }),
  };
  if (mark instanceof Error) return noEvidence(`The database could not be asked: ${mark.message}.`, around);
  return transactions.evidence(transaction, probe, around);
}
