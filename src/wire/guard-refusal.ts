import { type Refusal, refusedSqlState } from "./guard.ts";
import { type GuardedText, type Judgement, commandWords, judge } from "./guarded-statement.ts";
import { message } from "./messages.ts";
import type { GuardContext, GuardState } from "./guard-context.ts";

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

/** An ErrorResponse of our own. */
export function errorResponse(severity: "ERROR" | "FATAL", sqlState: string, text: string): Buffer {
  return message("E", `S${severity}`, `V${severity}`, `C${sqlState}`, `M${text}`, Buffer.alloc(1));
}
