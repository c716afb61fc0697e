import type { Context } from "./conversation.ts";
import { readProbe } from "./probe.ts";
import { sendProbe, settingsOf } from "./probing.ts";
import { mayAsk } from "./right-to-ask.ts";
import { areSame } from "./session-settings.ts";
import type { StatementKind } from "./statement-kind.ts";
import type { Transaction } from "./transaction.ts";

/** More statements than these do not wait for the question that confirms that they touched nothing. */
const mostUnconfirmed = 100;

/**
 * Whether the next statement of a transaction reaches nothing but tables that the transaction has made itself. Before
 * any other, and now and then, asks whether that was true of the last ones.
 */
export async function reachesOwnTables(
  context: Context,
  transaction: Transaction,
  kind: StatementKind | undefined,
  how: "simple" | "extended",
  /** Whether there will be a question after it that can confirm it. */
  mayWait: boolean,
): Promise<boolean> {
  const own =
    mayWait &&
    transaction.own.areAll(kind) &&
    transaction.begunAt !== undefined &&
    !transaction.makesEventTrigger &&
    context.observer.code()?.hasEventTriggers === false;
  const { length } = transaction.unconfirmed;
  noteStatement(transaction, kind);
  if (length > 0 && (!own || length >= mostUnconfirmed)) await confirm(context, transaction, how);
  return own;
}

/** Takes down what a statement may have done that matters to those behind it; `undefined`: one that our parser does not know. */
export function noteStatement(transaction: Transaction, kind: StatementKind | undefined): void {
  transaction.own.note(kind);
  transaction.definesCode ||= kind?.definesCode ?? true;
  transaction.readsLevel ||= kind === undefined || (kind.definesCode && kind.notices);
  transaction.makesEventTrigger ||= kind === undefined || /^(?:Create|Alter)EventTrigStmt$/.test(kind.node);
  transaction.revokes ||= kind?.revokes ?? false;
  transaction.putsOff ||= kind?.putsOff ?? true;
  transaction.makesDeferrable ||= kind?.makesDeferrable ?? true;
  transaction.holdsCursor ||= kind?.holdsCursor ?? false;
}

/** Asks what the statements on a transaction's own tables have touched beside them. */
export async function confirm(context: Context, transaction: Transaction, how: "simple" | "extended"): Promise<void> {
  if (transaction.unconfirmed.length === 0 || context.exchange.status() === "E" || !mayAsk(context, transaction))
    return;
  const sent = sendProbe(context, transaction, { node: "", how, restores: false });
  const answer = await sent.answer;
  if (!answer || answer.failure || answer.rows.length === 0) return void (context.settings = undefined);
  const probe = readProbe(answer.rows, sent);
  const expected = context.settings;
  context.settings = settingsOf(probe, context, transaction, sent);
  context.transactions.confirm(transaction, probe, expected === undefined || areSame(expected, context.settings));
}
