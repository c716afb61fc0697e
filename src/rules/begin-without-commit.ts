import { transactionBoundary } from "../sql/transaction-boundary.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "begin-without-commit",
  title: "A transaction is begun and never ended",
  severity: "error",
  effect: {
    consequence: "Its locks stay until the connection ends, and nothing it did is kept unless somebody commits it.",
  },
  remedy: "End the transaction in the file that begins it.",
  source: manual("sql-begin", "BEGIN"),
  detectedBy: "static",
  hazards: ["begin-without-commit"],
  statements: ["TransactionStmt"],
  *check(step, { steps }) {
    if (transactionBoundary(step.node) !== "begin") return;
    // What PostgreSQL makes of several statements in one message, BEGIN turns into a transaction that outlasts it.
    if (step.transaction && step.transaction.kind !== "implicit") return;
    // Where the tool began one, it ends what is open: this one, if the file has ended the tool's.
    if (steps[0]?.transaction?.kind === "tool") return;
    const id = step.after.transaction?.id;
    if (steps.slice(step.index + 1).some(({ after }) => after.transaction?.id !== id)) return;
    yield {
      message:
        "The transaction that begins here is not ended in this file: its locks stay, and what it did is lost when the connection closes.",
      help: "Add COMMIT at the end of the file.",
    };
  },
};
