import { type BodyOf, isOptionOn, type Node, type NodeKind, nodeKind } from "../sql/syntax.ts";

/** What to call a statement of that kind; `undefined` where it may run in a transaction. */
type Names = { readonly [Kind in NodeKind]?: (statement: BodyOf<Kind>) => string | undefined };

const names = {
  IndexStmt: ({ concurrent }) => (concurrent ? "CREATE INDEX CONCURRENTLY" : undefined),
  DropStmt: ({ concurrent }) => (concurrent ? "DROP INDEX CONCURRENTLY" : undefined),
  ReindexStmt({ kind, params }) {
    if (isOptionOn(params, "concurrently")) return "REINDEX CONCURRENTLY";
    if (kind === "REINDEX_OBJECT_DATABASE") return "REINDEX DATABASE";
    if (kind === "REINDEX_OBJECT_SYSTEM") return "REINDEX SYSTEM";
    return kind === "REINDEX_OBJECT_SCHEMA" ? "REINDEX SCHEMA" : undefined;
  },
  VacuumStmt: ({ is_vacuumcmd }) => (is_vacuumcmd ? "VACUUM" : undefined),
  ClusterStmt: ({ relation }) => (relation ? undefined : "CLUSTER"),
  TransactionStmt({ kind }) {
    if (kind === "TRANS_STMT_COMMIT_PREPARED") return "COMMIT PREPARED";
    return kind === "TRANS_STMT_ROLLBACK_PREPARED" ? "ROLLBACK PREPARED" : undefined;
  },
  AlterSystemStmt: () => "ALTER SYSTEM",
  CreatedbStmt: () => "CREATE DATABASE",
  DropdbStmt: () => "DROP DATABASE",
  CreateTableSpaceStmt: () => "CREATE TABLESPACE",
  DropTableSpaceStmt: () => "DROP TABLESPACE",
  DiscardStmt: ({ target }) => (target === "DISCARD_ALL" ? "DISCARD ALL" : undefined),
  AlterTableStmt: ({ cmds = [] }) =>
    cmds.some((command) => {
      const def = "AlterTableCmd" in command ? command.AlterTableCmd.def : undefined;
      return def && "PartitionCmd" in def && def.PartitionCmd.concurrent;
    })
      ? "ALTER TABLE ... DETACH CONCURRENTLY"
      : undefined,
} satisfies Names;

/** The kinds of statements of which some cannot run in a transaction. */
export const outsideTransactionKinds = Object.keys(names) as readonly (keyof typeof names)[];

/** What to call a statement that PostgreSQL refuses inside a transaction, as its own message does; `undefined` for any other. */
export function outsideTransaction(node: Node): string | undefined {
  const kind = nodeKind(node);
  const name = (names as Readonly<Record<string, ((statement: unknown) => string | undefined) | undefined>>)[kind];
  return name?.((node as Readonly<Record<string, unknown>>)[kind]);
}
