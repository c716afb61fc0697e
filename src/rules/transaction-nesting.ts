import { transactionBoundary } from "../sql/transaction-boundary.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "transaction-nesting",
  title: "The file ends a transaction that is not its own",
  severity: "error",
  effect: {
    consequence:
      "PostgreSQL has no nested transactions: BEGIN only warns, and COMMIT or ROLLBACK ends the one that the migration tool began. What follows runs outside it, and a failure leaves half of the migration behind, or a migration recorded that did not run.",
  },
  remedy: "Leave transactions to the tool, or tell it to run this migration without one.",
  source: manual("sql-begin", "BEGIN"),
  detectedBy: "static",
  hazards: ["transaction-nesting"],
  statements: ["TransactionStmt"],
  *check(step) {
    const boundary = transactionBoundary(step.node);
    if (boundary === undefined || step.transaction?.kind !== "tool") return;
    const begins = boundary === "begin";
    yield {
      message: begins
        ? "The migration tool has begun a transaction already, so this only warns; the COMMIT that belongs to it ends the tool's."
        : "This ends the transaction that the migration tool began: what follows, and the tool's own record, run outside it.",
      help: "Remove BEGIN and COMMIT, or tell the tool to run this migration without a transaction.",
      ...(begins ? { severity: "warning" as const } : {}),
    };
  },
};
