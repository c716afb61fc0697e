import type { Node } from "./syntax.ts";

/**
 * Whether a statement begins the transaction that it runs in, or ends it. A savepoint does neither, and COMMIT PREPARED ends
 * another one. https://www.postgresql.org/docs/18/sql-prepare-transaction.html
 */
export function transactionBoundary(node: Node): "begin" | "end" | undefined {
  if (!("TransactionStmt" in node)) return undefined;
  switch (node.TransactionStmt.kind) {
    case "TRANS_STMT_BEGIN":
    case "TRANS_STMT_START":
      return "begin";
    case "TRANS_STMT_COMMIT":
    case "TRANS_STMT_ROLLBACK":
    case "TRANS_STMT_PREPARE":
      return "end";
    default:
      return undefined;
  }
}
