import type { Node } from "./syntax.ts";

/** How a statement decides about transactions; `chain`: it ends one and begins the next. */
export type TransactionControl = "begin" | "commit" | "rollback" | "chain" | "savepoint";

/**
 * How a TransactionStmt decides about the transaction that it runs in; COMMIT PREPARED ends another one.
 * https://www.postgresql.org/docs/18/sql-prepare-transaction.html
 * @param fields what is below its type
 */
export function transactionControl(fields: {
  readonly kind?: unknown;
  readonly chain?: unknown;
}): TransactionControl | undefined {
  if (fields.chain === true) return "chain";
  switch (fields.kind) {
    case undefined:
    case "TRANS_STMT_BEGIN":
    case "TRANS_STMT_START":
      return "begin";
    case "TRANS_STMT_COMMIT":
    case "TRANS_STMT_PREPARE":
      return "commit";
    case "TRANS_STMT_ROLLBACK":
      return "rollback";
    case "TRANS_STMT_SAVEPOINT":
    case "TRANS_STMT_RELEASE":
    case "TRANS_STMT_ROLLBACK_TO":
      return "savepoint";
    default:
      return undefined;
  }
}

/** Whether a statement begins the transaction that it runs in, or ends it; a savepoint does neither. */
export function transactionBoundary(node: Node): "begin" | "end" | undefined {
  const control = "TransactionStmt" in node ? transactionControl(node.TransactionStmt) : undefined;
  if (control === undefined || control === "savepoint") return undefined;
  return control === "begin" ? "begin" : "end";
}
