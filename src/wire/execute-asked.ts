import type { Context } from "./conversation.ts";
import { isDisturbed, noteStart, raising, startQueries } from "./counters.ts";
import { noEvidence, sampled } from "./evidence.ts";
import { type Batch, passFrame } from "./extended-batch.ts";
import type { Frame } from "./framing.ts";
import type { Mark } from "./known-relations.ts";
import { runsLevelCode, saidLess } from "./message-level.ts";
import { flush } from "./messages.ts";
import type { Passed } from "./pass-message.ts";
import { raisedLevel } from "./probe.ts";
import { type SentProbe, askObserver, readAnswer, sendProbe } from "./probing.ts";
import type { OpenStatement } from "./notebook.ts";
import type { StatementEvidence } from "./recording.ts";
import { lockTimeout, levelToRaise, refreshSettings } from "./session-settings.ts";
import type { StatementKind } from "./statement-kind.ts";
import type { Transaction } from "./transaction.ts";

/** How a statement ended, and what it did. */
export interface Ended {
  readonly passed: Passed;
  readonly evidence: StatementEvidence;
}

/** A statement whose own transaction is asked what it did. */
export interface AskedStatement {
  /** Absent when our parser does not know it. */
  readonly kind: StatementKind | undefined;
  readonly transaction: Transaction;
  readonly record: OpenStatement;
  /** Whether no block is around it. */
  readonly implicit: boolean;
  /** Whether it reaches nothing but the transaction's own tables. */
  readonly own: boolean;
  /** Where the transaction began, once that is known. */
  readonly marked: Promise<Mark | undefined> | undefined;
}

/** Passes Execute on, with our questions around it; `finish` takes it down. */
export async function executeAsked(
  context: Context,
  batch: Batch,
  frame: Frame,
  { kind, transaction, record, implicit, own, marked }: AskedStatement,
  finish: (ended: Ended) => void,
): Promise<void> {
  const { asking, exchange, notices, transactions } = context;
  await refreshSettings(context, "extended");
  const disturbed = isDisturbed(context, transaction);
  // In the client's own transaction a query of ours must not be the first: it would take the snapshot.
  if (!implicit && transaction.wal === undefined) transaction.wal = (await marked)?.wal;
  await asking.settled();

  // What is sent from here to the first wait leaves in one piece: our questions cost the server's time only.
  const level = kind && levelToRaise(context, kind, transaction);
  const ours = implicit && transaction.wal === undefined;
  const starts = ours || disturbed;
  const raises = level !== undefined;
  const opening = [
    ...(raises && !implicit ? [`set local client_min_messages = ${raisedLevel}`] : []),
    ...(raises && implicit && !starts ? [`select ${raising}`] : []),
    ...(starts ? startQueries(context, { ours, raises: raises && implicit }) : []),
  ];
  const opened = opening.length > 0 ? asking.extended(opening, "flush") : undefined;
  if (level !== undefined) notices.raise(level);
  const cancels = asking.cancels();
  let sent: SentProbe | undefined;
  const running = passFrame(context, batch, frame, "execute", flush, () => {
    // A request to cancel that was let through may hit the question, and then the statement has failed.
    if (sent && asking.cancels() > cancels) return true;
    if (sent) asking.shield(sent.answer);
    return false;
  });
  const question = {
    node: kind?.node ?? "",
    own,
    undoes: kind?.undoes ?? false,
    definesHandler: kind?.definesHandler ?? false,
    how: "extended",
    restores: true,
    ...(level !== undefined && { level }),
  } as const;
  // The server would take a question for COPY data.
  if (kind && kind.asked !== "observer" && !kind.copiesIn)
    sent = sendProbe(context, transaction, { ...question, cancellable: true });
  const passed = await running;
  const answer = await opened;
  if (starts) noteStart(context, transaction, answer, { ours });
  const around = { said: passed.said, ...lockTimeout(context) };
  if (passed.outcome !== "done") {
    // The client would wait for an answer in vain.
    if (passed.outcome === "skipped" && answer?.failure) exchange.put(answer.failure);
    transactions.uncounted = true;
    if (level !== undefined) notices.lower();
    context.settings = undefined;
    return finish({ passed, evidence: noEvidence("It failed, and what it held is gone.", around) });
  }
  const found =
    kind?.asked === "observer" && transaction.states.size === 0
      ? await askObserver(context, transaction, around)
      : await readAnswer(context, transaction, (sent ??= sendProbe(context, transaction, question)), around);
  const evidence = kind && runsLevelCode(context, kind, transaction) ? sampled(found, saidLess) : found;
  // Otherwise it may be raised for the whole batch.
  if (level !== undefined) notices.lower();
  if (!exchange.holding()) {
    finish({ passed, evidence });
    if (own) transactions.await(transaction, record, evidence);
    return;
  }
  const failure = (await sent?.answer)?.failure;
  if (failure) exchange.discardHeld();
  exchange.release(...(failure ? [failure] : []));
  finish({ passed: { ...passed, ...(failure && { failure }) }, evidence });
}
