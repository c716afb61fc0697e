import { reportField } from "./messages.ts";
import type { StatementError } from "./recording.ts";

/** What an ErrorResponse says, for the record. */
export function statementError(failure: Buffer): StatementError {
  const position = reportField(failure, "P");
  return {
    sqlState: reportField(failure, "C") ?? "",
    message: reportField(failure, "M") ?? "",
    ...(position !== undefined && { position: Number(position) }),
  };
}
