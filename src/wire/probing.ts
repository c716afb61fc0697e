import { optional } from "../optional.ts";
import type { Answer } from "./asking.ts";
import type { Context } from "./conversation.ts";
import { clearsCounters } from "./counters.ts";
import { type Surroundings, noEvidence, sampled } from "./evidence.ts";
import { handlersQuery, readHandlers, takenBack } from "./exception-handlers.ts";
import type { Frame } from "./framing.ts";
import {
  type Probe,
  type SessionSettings,
  countersOf,
  durationMs,
  probeQueries,
  raisedLevel,
  readCounters,
  readProbe,
  walPosition,
} from "./probe.ts";
import type { StatementEvidence } from "./recording.ts";
import { mayAsk } from "./right-to-ask.ts";
import type { StatementKind } from "./statement-kind.ts";
import type { Transaction } from "./transaction.ts";

/** A probe takes about a millisecond; only a shorter limit than this could end it. */
const safeTimeoutMs = 10_000;
/**
 * They run code. It may have set `statement_timeout` itself, so that it can't be given back its value from before; and it may
 * have called what it has made.
 */
export const callingNodes: ReadonlySet<string> = new Set(["", "SelectStmt", "DoStmt", "CallStmt", "ExecuteStmt"]);

/** How a transaction is asked what a statement did in it. */
export interface ProbeOptions {
  /** Type of the statement's parse tree; empty when it is unknown. */
  readonly node: string;
  /** Whether only the settings are asked for, because it reaches nothing but the transaction's own tables. */
  readonly own?: boolean;
  /** Whether a part of it may have been taken back. */
  readonly undoes?: boolean;
  /** Whether it may have made a function that takes a part of its work back. */
  readonly definesHandler?: boolean;
  readonly how: "simple" | "extended";
  /** The client's `client_min_messages`, where the server was asked to say more. */
  readonly level?: string;
  /** Whether what is put off to the end of the transaction is checked first. */
  readonly settles?: true;
  /** Whether it shall be in effect again for the rest of the transaction. */
  readonly restores?: boolean;
  /** Commits in the same message, which saves a round trip. */
  readonly commit?: { onNotice(frame: Frame): void };
  /** A request to cancel may hit the question: it is a part of the client's statement as far as the client can see. */
  readonly cancellable?: true;
}

/** A question that was sent, and what is needed to understand its answer. */
export interface SentProbe {
  readonly answer: Promise<Answer | undefined>;
  readonly options: ProbeOptions;
  readonly lifts: boolean;
  /** Whether the position in the write-ahead log is all that was asked for. */
  readonly onlyWal: boolean;
  /** Whether relations that the transaction itself has made are left out. */
  readonly existingOnly: boolean;
  /** Whether it is known which code may take its work back, and when it runs. */
  readonly countsHandlers: boolean;
}

/** Asks an open transaction from outside, where a query of ours would show: for locks only. */
export async function askObserver(
  context: Context,
  transaction: Transaction,
  around: Surroundings,
): Promise<StatementEvidence> {
  const { observer, transactions } = context;
  try {
    await transactions.mark(transaction);
    return transactions.locksSeen(transaction, await observer.locksOf(context.processId()), around);
  } catch (cause) {
    return noEvidence(`The database could not be asked: ${(cause as Error).message}.`, around);
  }
}

/** The client's settings, as a probe shows them: without what was changed for it and for the statement. */
export function settingsOf(
  { settings: shown }: Probe,
  { settings }: Context,
  { raisedFrom }: Transaction,
  { options, lifts }: SentProbe,
): SessionSettings {
  const level = options.level ?? raisedFrom;
  return {
    ...shown,
    ...(level !== undefined && shown.level === raisedLevel && { level }),
    ...(lifts && settings && { statementTimeout: settings.statementTimeout }),
  };
}

/** Asks an open transaction what a statement did in it, and gives the client's settings back their values. */
export function askProbe(
  context: Context,
  transaction: Transaction,
  around: Surroundings,
  options: ProbeOptions,
): Promise<StatementEvidence> {
  return readAnswer(context, transaction, sendProbe(context, transaction, options), around);
}

/**
 * Asks a transaction where it is again, behind a command about a savepoint: what statements before it did may be taken back.
 * @param failed whether it was a failed one: what the statement had read that failed was counted all the same
 */
export async function returned(
  context: Context,
  transaction: Transaction,
  { node, undoes }: Pick<StatementKind, "node" | "undoes">,
  { how, failed }: { readonly how: "simple" | "extended"; readonly failed: boolean },
): Promise<void> {
  const { asking, notebook, observer, transactions } = context;
  if (!notebook.evidence || !mayAsk(context, transaction)) return;
  if (failed) {
    await transactions.mark(transaction, "names").catch(() => {});
    const query = countersOf(observer.known().keys());
    const told = how === "simple" ? asking.simple(query) : asking.extended([query], "flush");
    transactions.recount(transaction, readCounters((await told)?.rows[0]?.[0]));
  }
  if (transaction.states.size > 0) await askProbe(context, transaction, { said: [] }, { node, undoes, how });
}

/** Sends the question, at once: it may follow the statement that it is about before that has ended. */
export function sendProbe(context: Context, transaction: Transaction, options: ProbeOptions): SentProbe {
  const { asking, transactions, settings } = context;
  void transactions.mark(transaction, "names").catch(() => {});
  const flushesCounters = clearsCounters(context);
  transactions.carries = !flushesCounters;
  const limited = settings ? durationMs(settings.statementTimeout) : 0;
  const lifts = limited > 0 && limited < safeTimeoutMs && !callingNodes.has(options.node);
  // They are many where a transaction is long; one that is short tells from them whether others will see new ones.
  const highestOid =
    transaction.block === "implicit" && transaction.states.size === 0 ? undefined : transaction.begunAt?.highestOid;
  const code = context.observer.code();
  const handlers = transaction.handlers ?? code?.handlers;
  const countsHandlers = handlers?.counted === true;
  // No code runs that could have done more than to write, as far as its text says; the next probe shows whether that is so.
  if (options.own && options.how === "simple" && code && settings && !lifts && countsHandlers && !handlers.oids.length)
    return {
      answer: asking.call(code.walFunction, options.cancellable && { cancellable: true }),
      options,
      lifts,
      onlyWal: true,
      existingOnly: true,
      countsHandlers,
    };
  const [session, relations] = probeQueries({
    flushesCounters,
    ...optional("handlers", handlers?.oids),
    ...(highestOid !== undefined && { highestOid }),
    ...(options.restores && options.level && { restoreLevel: options.level }),
  });
  const queries = [
    ...(options.settles ? ["set constraints all immediate"] : []),
    ...(lifts ? ["set local statement_timeout = 0"] : []),
    session,
    ...(options.own ? [] : [relations]),
    ...(lifts ? [`set local statement_timeout = '${settings?.statementTimeout}'`] : []),
    ...(options.commit ? ["commit"] : []),
  ];
  const answer =
    options.how === "simple"
      ? asking.simple(queries.join("; "), {
          ...(options.cancellable && { cancellable: true }),
          ...(options.commit && { onNotice: options.commit.onNotice }),
        })
      : asking.extended(queries, "flush", options.cancellable);
  return { answer, options, lifts, onlyWal: false, existingOnly: highestOid !== undefined, countsHandlers };
}

/** What a question about a statement came to. */
export async function readAnswer(
  context: Context,
  transaction: Transaction,
  sent: SentProbe,
  around: Surroundings,
): Promise<StatementEvidence> {
  const { answer: awaited, options, onlyWal, existingOnly, countsHandlers } = sent;
  const { transactions } = context;
  const answer = await awaited;
  const mark = await transactions.mark(transaction).catch((cause: Error) => cause);
  if (!answer || answer.rows.length === 0 || (answer.failure && !options.commit)) {
    context.settings = undefined;
    return noEvidence("The transaction could not be asked what it holds.", around);
  }
  if (onlyWal) return transactions.onOwnTables(transaction, { wal: walPosition(answer.rows[0]?.[0]) }, around);
  const probe = readProbe(answer.rows, { existingOnly });
  context.settings = settingsOf(probe, context, transaction, sent);
  if (mark instanceof Error) return noEvidence(`The database could not be asked: ${mark.message}.`, around);
  let undoes = transactions.mayHaveTakenBack(transaction, probe) || options.undoes || !countsHandlers;
  const evidence = options.own
    ? transactions.onOwnTables(transaction, probe, around)
    : transactions.evidence(transaction, probe, around);
  if (options.definesHandler && !options.commit) {
    const { how } = options;
    const before = transaction.handlers ?? context.observer.code()?.handlers;
    const told =
      how === "simple" ? context.asking.simple(handlersQuery) : context.asking.extended([handlersQuery], "flush");
    transaction.handlers = readHandlers((await told)?.rows ?? []);
    undoes ||= callingNodes.has(options.node) && transaction.handlers.oids.some((oid) => !before?.oids.includes(oid));
  }
  return undoes ? sampled(evidence, takenBack) : evidence;
}
