import type { StepFailure } from "../sessions/session.ts";
import { withoutLeadingComments } from "../sql/scan-statements.ts";

/** Statements whose text may hold what was read from a row. */
const aboutRows = /^(?:with|insert|update|delete|merge|select|values|copy|execute|call|do)\b/i;

/**
 * A failure in production as it may be shown and kept: the server's messages about data quote the rows that they are about.
 * https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
export function discreet(failure: StepFailure): StepFailure {
  const { statement, ...rest } = failure;
  const shown = statement === undefined || aboutRows.test(withoutLeadingComments(statement)) ? {} : { statement };
  return { ...rest, ...shown, message: discreetMessage(failure) };
}

function discreetMessage({ sqlState = "", message }: StepFailure): string {
  const logged = "what the server says about it may quote rows, and is in its log";
  if (sqlState.startsWith("22")) return `a value does not fit; ${logged}`;
  if (sqlState.startsWith("P0")) return `the migration raised an exception; ${logged}`;
  // The first sentence names the constraint; what follows, in whatever language, the row.
  if (sqlState.startsWith("23")) return message.split(/\.\s|\n/, 1)[0]?.trimEnd() ?? "";
  return message;
}
