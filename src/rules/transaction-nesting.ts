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
    if (!("TransactionStmt" in step.node) || step.transaction?.kind !== "tool") return;
    const { kind } = step.node.TransactionStmt;
    if (!kind || !endings.has(kind)) return;
    const begins = kind === "TRANS_STMT_BEGIN" || kind === "TRANS_STMT_START";
    yield {
      message: begins
        ? "The migration tool has begun a transaction already, so this only warns; the COMMIT that belongs to it ends the tool's."
        : "This ends the transaction that the migration tool began: what follows, and the tool's own record, run outside it.",
      help: "Remove BEGIN and COMMIT, or tell the tool to run this migration without a transaction.",
      ...(begins ? { severity: "warning" as const } : {}),
    };
  },
};

/** What begins or ends a transaction. PostgreSQL refuses COMMIT PREPARED and its like inside of one, as another rule says. */
const endings = new Set([
  "TRANS_STMT_BEGIN",
  "TRANS_STMT_START",
  "TRANS_STMT_COMMIT",
  "TRANS_STMT_ROLLBACK",
  "TRANS_STMT_PREPARE",
]);
