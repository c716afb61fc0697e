import type { Context } from "./conversation.ts";
import { deferrableQuery, readDeferrable } from "./deferrable.ts";
import { nothingToShow, sampled } from "./evidence.ts";
import { readAnswer, sendProbe } from "./probing.ts";
import type { StatementEvidence } from "./recording.ts";
import { mayAsk, withoutRight } from "./right-to-ask.ts";
import { lockTimeout } from "./session-settings.ts";
import type { Transaction } from "./transaction.ts";

/** What was put off to the end of a transaction, done. */
export interface Settled {
  /** What it did, and held then. */
  readonly evidence: StatementEvidence;
  /** The error, as the server gave it, that fails the transaction. */
  readonly failure?: Buffer;
}

/** Why the evidence of what commits a transaction is not complete, where code was put off. */
const codeRan = "It may have run deferred triggers while it committed; what they locked and read is not seen.";

/** The same where a cursor stays: https://www.postgresql.org/docs/18/sql-declare.html */
const cursorRead =
  "It read what a cursor WITH HOLD is to keep while it committed; what that locked and called is not seen.";

/** Whether anything may have been put off that is not known to be done, or whose doing cannot be seen. */
export const mayHavePutOff = (context: Context, transaction: Transaction): boolean =>
  transaction.holdsCursor || mayBeUndone(context, transaction);

function mayBeUndone({ observer }: Context, transaction: Transaction): boolean {
  return transaction.putsOff && (transaction.makesDeferrable || observer.code()?.deferrable !== "nothing");
}

/**
 * Checks now what would be checked while a transaction commits, and asks what that did: afterwards its locks are gone. Only
 * constraints: deferred code may count on what it puts off itself being done after it. Right before the end, and nowhere else.
 */
export async function settleDeferred(
  context: Context,
  transaction: Transaction,
  how: "simple" | "extended",
): Promise<Settled> {
  const settled = await settle(context, transaction, how);
  return transaction.holdsCursor ? { ...settled, evidence: sampled(settled.evidence, cursorRead) } : settled;
}

async function settle(context: Context, transaction: Transaction, how: "simple" | "extended"): Promise<Settled> {
  const { asking, observer } = context;
  const around = { said: [] as string[], ...lockTimeout(context) };
  // A question of ours was cancelled in its statement's place.
  if (context.exchange.status() === "E" || !mayBeUndone(context, transaction))
    return { evidence: nothingToShow(around) };
  if (!mayAsk(context, transaction)) return { evidence: sampled(nothingToShow(around), withoutRight) };
  const own = transaction.makesDeferrable
    ? how === "simple"
      ? await asking.simple(deferrableQuery)
      : await asking.extended([deferrableQuery], "flush")
    : undefined;
  const deferrable = own ? readDeferrable(own.rows[0]?.[0]) : (observer.code()?.deferrable ?? "code");
  if (deferrable === "nothing") return { evidence: nothingToShow(around) };
  if (deferrable === "code") return { evidence: sampled(nothingToShow(around), codeRan) };
  const sent = sendProbe(context, transaction, { node: "", how, settles: true });
  const failure = (await sent.answer)?.failure;
  if (failure) return { evidence: nothingToShow(around), failure };
  return { evidence: await readAnswer(context, transaction, sent, around) };
}
