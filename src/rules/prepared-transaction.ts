import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "prepared-transaction",
  title: "A prepared transaction keeps its locks until somebody ends it",
  severity: "error",
  effect: {
    consequence:
      "PREPARE TRANSACTION takes the transaction from the session: nothing of it is visible, and all its locks stay, through a restart too, until COMMIT PREPARED. Where max_prepared_transactions is 0, which it is unless somebody set it, PostgreSQL refuses the statement and takes the transaction back.",
  },
  remedy:
    "End the transaction with COMMIT: only a transaction manager that ends them all, whatever fails, may prepare some.",
  harmless: "PREPARE of a statement, which holds no lock.",
  source: manual("sql-prepare-transaction", "PREPARE TRANSACTION"),
  detectedBy: "static",
  hazards: ["prepared-transaction"],
  statements: ["TransactionStmt"],
  *check(step) {
    if (!("TransactionStmt" in step.node) || step.node.TransactionStmt.kind !== "TRANS_STMT_PREPARE") return;
    yield {
      message:
        "PREPARE TRANSACTION leaves the transaction open behind the migration, with every lock that it has taken, until COMMIT PREPARED; where max_prepared_transactions is 0, PostgreSQL refuses it.",
      help: "Replace it by COMMIT.",
      sqlState: "55000",
    };
  },
};
