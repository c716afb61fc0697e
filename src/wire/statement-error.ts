import { reportFields } from "./messages.ts";
import type { StatementError } from "./recording.ts";

/** What an ErrorResponse says, for the record. */
export function statementError(failure: Buffer): StatementError {
  const fields = reportFields(failure);
  const position = fields.get("P");
  return {
    sqlState: fields.get("C") ?? "",
    message: fields.get("M") ?? "",
    ...(position !== undefined && { position: Number(position) }),
  };
}
