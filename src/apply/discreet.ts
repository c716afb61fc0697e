import type { StepFailure } from "../sessions/session.ts";
import { withoutLeadingComments } from "../sql/scan-statements.ts";

/** Statements whose text may hold what was read from a row. */
const aboutRows = /^(?:with|insert|update|delete|merge|select|values|copy|execute|call|do)\b/i;

/**
 * A failure in production as it may be shown and kept: the server's messages about data quote the rows that they are about.
 * https://www.postgresql.org/docs/18/errcodes-appendix.html
 * @param sent what the migration sends: when it reads rows, what its own code raises may quote them too
 */
export function discreet(failure: StepFailure, sent: readonly string[] = []): StepFailure {
  const { statement, ...rest } = failure;
  const shown = statement === undefined || aboutRows.test(withoutLeadingComments(statement)) ? {} : { statement };
  return { ...rest, ...shown, message: discreetMessage(failure, sent.some(readsRows)) };
}

const readsRows = (sql: string): boolean =>
  /^(?:with|select|table|values|fetch|copy)\b/i.test(withoutLeadingComments(sql)) || /\breturning\b/i.test(sql);

function discreetMessage({ kind, sqlState = "", message }: StepFailure, hasReadRows: boolean): string {
  const logged = "what the server says about it may quote rows, and is in its log";
  if (sqlState.startsWith("22")) return `a value does not fit; ${logged}`;
  if (sqlState.startsWith("P0")) return `the migration raised an exception; ${logged}`;
  // The first sentence names the constraint; what follows, in whatever language, the row.
  if (sqlState.startsWith("23")) return message.split(/\.\s|\n/, 1)[0]?.trimEnd() ?? "";
  if (kind === "code" && hasReadRows) {
    const raised = /^[\w.]*(?:Error|Exception|Exit|Interrupt)\b/.exec(message)?.[0] ?? "an exception";
    return `its code raised ${raised}; what that says is not shown, because the migration reads rows`;
  }
  return message;
}
