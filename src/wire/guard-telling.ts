import type { GuardEvent } from "./guard.ts";
import { afterEnd } from "../sql/course.ts";
import type { GuardedText, Judgement } from "./guarded-statement.ts";
import { reportField } from "./messages.ts";
import { mayBlock } from "./statement-limits.ts";
import type { GuardContext } from "./guard-context.ts";
import { refuse } from "./guard-refusal.ts";

/** Remembers where an error of the server's came from: it says so wherever code was running. */
export function noteError({ guard }: GuardContext, report: Buffer): void {
  guard.saidByCode ||= reportField(report, "W") !== undefined;
}

/** Does what has to be told; what cannot be told closes the guard. */
export async function telling(context: GuardContext, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch {
    refuse(context, "what follows", "could not be written down");
  }
}

/** What comes is on its way: nobody else's turn is its, and the listener knows of a statement of the plan before the server. */
export async function announceStatement(
  context: GuardContext,
  { kind, sql }: GuardedText,
  judgement: Judgement,
  /** Whether `ending` will be told before the server can commit it. */
  awaitsEnding: boolean,
): Promise<void> {
  if (judgement.kind === "allowed" && judgement.records && context.transaction) context.transaction.recorded = true;
  if (judgement.kind !== "planned") return;
  if (!judgement.done) {
    context.transaction ??= { statements: [], undone: [], blocks: false };
    context.transaction.blocks ||= judgement.statement.blocks ?? mayBlock(kind, sql);
    if (context.transaction.blocks) context.transaction.blocksSince ??= performance.now();
  }
  context.guard.order?.pass(judgement.index, judgement.done ? undefined : context.transaction);
  if (!judgement.done) await tellStatement(context, judgement, "sent", { awaitsEnding });
}

/** Tells about a statement of the plan. @throws whatever the listener does */
export async function tellStatement(
  { guard, processId }: GuardContext,
  judgement: Judgement,
  phase: Extract<GuardEvent, { kind: "statement" }>["phase"],
  more: { readonly sqlState?: string; readonly durationMs?: number; readonly awaitsEnding?: boolean } = {},
): Promise<void> {
  if (judgement.kind !== "planned" || !guard.order) return;
  const { index, statement } = judgement;
  const { transactional } = statement;
  // What the server never came to has no SQLSTATE.
  if (phase === "failed" && more.sqlState !== undefined) guard.order.fail(index);
  await guard.tell({
    kind: "statement",
    phase,
    revision: guard.order.revision,
    index,
    transactional,
    processId: processId(),
    ...more,
  });
}

/** Tells what became of the open transaction, if a statement of the plan is in it. */
export async function tellTransaction(
  context: GuardContext,
  phase: Extract<GuardEvent, { kind: "transaction" }>["phase"],
): Promise<void> {
  const { guard, transaction, processId } = context;
  if (phase !== "ending") {
    context.transaction = undefined;
    context.inForce = undefined;
    context.course = afterEnd(context.course, phase === "committed" ? "committed" : "rolled back");
    if (phase === "rolled back" && transaction) guard.order?.rollBack(transaction.statements);
    if (context.changedSettings) context.timeouts = undefined;
    context.changedSettings = false;
    // The name that was given in it is gone with it.
    if (phase === "rolled back") context.named = undefined;
  }
  if (!transaction || transaction.statements.length === 0 || !guard.order) return;
  await guard.tell({
    kind: "transaction",
    phase,
    revision: guard.order.revision,
    statements: [...transaction.statements],
    processId: processId(),
  });
}
