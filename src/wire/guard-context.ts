import type { SavepointCommand } from "../sql/savepoints.ts";
import type { Line } from "./conversation.ts";
import type { GuardEvent, GuardLimits, Refusal } from "./guard.ts";
import { afterEnd, atSavepoint } from "../sql/course.ts";
import type { Course } from "../sql/course.ts";
import { commandWords, judge } from "./guarded-statement.ts";
import type { GuardedText, Judgement } from "./guarded-statement.ts";
import { message, reportFields } from "./messages.ts";
import type { OpenTransaction, PlanOrder } from "./plan-order.ts";
import { takeBack } from "./plan-order.ts";
import { mayBlock } from "./statement-limits.ts";
import type { Timeouts } from "./statement-limits.ts";
import { refusedSqlState } from "./guard.ts";

/** What all sessions of a guard share. */
export interface GuardState {
  readonly limits: Required<GuardLimits>;
  /** What `application_name` begins with. */
  readonly name: string;
  /** What a session would begin with, and what it begins with here. */
  readonly own: Timeouts;
  readonly initial: Timeouts;
  /** Of the revision that runs. */
  order: PlanOrder | undefined;
  /** The first refusal of the revision: after it nothing passes but the end of transactions. */
  refusal: Refusal | undefined;
  /** Whether an error of the revision came out of a function's code. */
  saidByCode: boolean;
  /** Tells what happens; a rejection is the teller's to handle. */
  tell(event: GuardEvent): Promise<void>;
}

/** What the parts of a guarded conversation share. */
export interface GuardContext extends Line {
  readonly guard: GuardState;
  /** The transaction that is open, once a statement of the plan is in it. */
  transaction: OpenTransaction | undefined;
  /** The timeouts in effect; unknown after anything that may have changed them. */
  timeouts: Timeouts | undefined;
  /** The timeouts that the guard has put in the place of those, for as long as statements of the plan follow each other in a block. */
  inForce: Timeouts | undefined;
  /** Whether the open transaction may have changed settings, which its end may change back. */
  changedSettings: boolean;
  /** What the client has told the session that still holds, or would hold again after a rollback. */
  course: Course;
  /** The revision that `application_name` names. */
  named: string | undefined;
}

/** What is sent in the place of a refused statement: no parser takes it, so that the transaction fails, and it shows in the server's log. */
export const refusedText = "HEADGATE REFUSED A STATEMENT THAT IS NOT IN THE PLAN";

/** Closes the guard for the rest of the revision, and gives the message for the client. */
export function refuse({ guard }: GuardContext, words: string, why: string): Buffer {
  const revision = guard.order?.revision ?? "";
  const text = `Headgate did not send ${words}${revision && ` of revision ${revision}`} to the database: it ${why}.`;
  close(guard, text);
  return errorResponse("ERROR", refusedSqlState, text);
}

/** Closes the guard because of a session that begins with other settings, by name; gives the message for the client. */
export function refuseSession(guard: GuardState, settings: readonly string[]): string {
  const text = `Headgate did not let a session of the migration in: it begins with other settings (${settings.join(", ")}) than any in the rehearsal, and what was reviewed may do something else in it. Have the migration connect as it does in the rehearsal.`;
  close(guard, text);
  return text;
}

/** Closes the guard behind a statement that has set something to what the rehearsal did not; what comes next is not sent. */
export function compareResult(
  { guard }: GuardContext,
  text: GuardedText,
  judgement: Judgement,
  result: string | undefined,
): void {
  if (judgement.kind !== "planned" || judgement.done) return;
  const { statement, index } = judgement;
  if (statement.result === undefined || statement.result === result) return;
  close(
    guard,
    `Headgate stopped revision ${guard.order?.revision} behind statement ${index + 1} (${commandWords(text)}): it has set something to another value than in the rehearsal.`,
  );
}

function close(guard: GuardState, text: string): void {
  if (guard.refusal) return;
  const passed = guard.order?.passed();
  const revision = guard.order?.revision ?? "";
  const refusal: Refusal = { revision, message: text, ...(passed !== undefined && { index: passed }) };
  guard.refusal = refusal;
  void guard.tell({ kind: "refused", refusal }).catch(() => {});
}

/**
 * What is done with statements that come together; once the guard is closed, they may only end transactions without committing.
 * @param status of the transaction that they come into, in the letters of ReadyForQuery
 * @param afterwards whether what they leave open outside a block is committed, or more may come into it
 */
export function judgeAll(
  { guard, transaction, course }: GuardContext,
  texts: readonly GuardedText[],
  status: "I" | "T" | "E",
  afterwards: "ends" | "goes on",
): readonly Judgement[] {
  const controls = texts.map(({ control }) => control);
  if (guard.refusal) {
    const commits = (control: GuardedText["control"]): boolean =>
      control === undefined || (control === "commit" && status === "T");
    const implicit = afterwards === "ends" && status === "I" && transaction !== undefined;
    return !implicit && !controls.some(commits)
      ? texts.map(() => ({ kind: "control" }))
      : [{ kind: "refused", why: "came after another one had been refused" }];
  }
  // In a failed transaction the server itself refuses everything but its end, and COMMIT is a ROLLBACK.
  if (status !== "E") return judge(texts, guard.order, transaction, status !== "I" || afterwards === "goes on", course);
  if (controls.every((control) => control === undefined)) return [];
  return judge(texts, guard.order, transaction, true, course, true);
}

/** Remembers where an error of the server's came from: it says so wherever code was running. */
export function noteError({ guard }: GuardContext, report: Buffer): void {
  guard.saidByCode ||= reportFields(report).has("W");
}

/** An ErrorResponse of our own. */
export function errorResponse(severity: "ERROR" | "FATAL", sqlState: string, text: string): Buffer {
  return message("E", `S${severity}`, `V${severity}`, `C${sqlState}`, `M${text}`, Buffer.alloc(1));
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

const changing = /^(?:VariableSet|Discard|Do|Call|Execute|Select)Stmt$/;

/** Whether a statement may change settings. */
export function settingsChange({ kind, sql }: GuardedText): boolean {
  if (!kind || kind.node === "SelectStmt") return !kind || kind.sweeping || /set_config/i.test(sql);
  return changing.test(kind.node);
}

/** After a statement that may have changed settings, or set them back: forgets the timeouts, and remembers what its session has been told. */
export function settingsAfterwards(context: GuardContext, text: GuardedText, judgement: Judgement): void {
  if (judgement.kind === "setting") context.course = { ...context.course, told: judgement.told };
  if (text.savepoint) atSavepointNow(context, text.savepoint);
  if (!settingsChange(text)) return;
  context.timeouts = undefined;
  context.changedSettings = true;
}

function atSavepointNow(context: GuardContext, command: SavepointCommand): void {
  const { transaction, guard } = context;
  const { course, takenBack } = atSavepoint(context.course, command, transaction?.statements ?? []);
  context.course = course;
  if (command.does !== "return" || !transaction) return;
  guard.order?.rollBack(takenBack);
  takeBack(transaction, takenBack, guard.order);
}
