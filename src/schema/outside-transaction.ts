import { isOptionOn, type Node } from "../sql/syntax.ts";

/** What to call a statement that PostgreSQL refuses inside a transaction, as its own message does; `undefined` for any other. */
export function outsideTransaction(node: Node): string | undefined {
  if ("IndexStmt" in node) return node.IndexStmt.concurrent ? "CREATE INDEX CONCURRENTLY" : undefined;
  if ("DropStmt" in node) return node.DropStmt.concurrent ? "DROP INDEX CONCURRENTLY" : undefined;
  if ("ReindexStmt" in node) {
    const { kind, params } = node.ReindexStmt;
    if (isOptionOn(params, "concurrently")) return "REINDEX CONCURRENTLY";
    if (kind === "REINDEX_OBJECT_DATABASE") return "REINDEX DATABASE";
    if (kind === "REINDEX_OBJECT_SYSTEM") return "REINDEX SYSTEM";
    return kind === "REINDEX_OBJECT_SCHEMA" ? "REINDEX SCHEMA" : undefined;
  }
  if ("VacuumStmt" in node) return node.VacuumStmt.is_vacuumcmd ? "VACUUM" : undefined;
  if ("ClusterStmt" in node) return node.ClusterStmt.relation ? undefined : "CLUSTER";
  if ("TransactionStmt" in node) {
    const { kind } = node.TransactionStmt;
    if (kind === "TRANS_STMT_COMMIT_PREPARED") return "COMMIT PREPARED";
    return kind === "TRANS_STMT_ROLLBACK_PREPARED" ? "ROLLBACK PREPARED" : undefined;
  }
  if ("AlterSystemStmt" in node) return "ALTER SYSTEM";
  if ("CreatedbStmt" in node) return "CREATE DATABASE";
  if ("DropdbStmt" in node) return "DROP DATABASE";
  if ("CreateTableSpaceStmt" in node) return "CREATE TABLESPACE";
  if ("DropTableSpaceStmt" in node) return "DROP TABLESPACE";
  if ("DiscardStmt" in node) return node.DiscardStmt.target === "DISCARD_ALL" ? "DISCARD ALL" : undefined;
  if ("AlterTableStmt" in node)
    for (const command of node.AlterTableStmt.cmds ?? []) {
      const def = "AlterTableCmd" in command ? command.AlterTableCmd.def : undefined;
      if (def && "PartitionCmd" in def && def.PartitionCmd.concurrent) return "ALTER TABLE ... DETACH CONCURRENTLY";
    }
  return undefined;
}
