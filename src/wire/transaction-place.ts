import type { Node } from "./parse-node.ts";

/**
 * `ordinary`: may run in a transaction, and does the same there as in one of its own.
 * `outside`: refuses to run in a transaction. `committing`: its code may end the transaction it runs in.
 * `session`: about the session, its cursors or its prepared statements; a transaction around it might show.
 */
export type TransactionPlace = "ordinary" | "outside" | "committing" | "session";

/** Statements about the session, its cursors or its prepared statements. */
export const sessionNodes = new Set([
  "TransactionStmt",
  "VariableSetStmt",
  "VariableShowStmt",
  "ConstraintsSetStmt",
  "ListenStmt",
  "UnlistenStmt",
  "NotifyStmt",
  "CheckPointStmt",
  "DiscardStmt",
  "LoadStmt",
  "DeallocateStmt",
  "ClosePortalStmt",
  "LockStmt",
  "DeclareCursorStmt",
  "FetchStmt",
  "PrepareStmt",
]);

const outsideNodes = new Set([
  "CreatedbStmt",
  "DropdbStmt",
  "AlterSystemStmt",
  "CreateTableSpaceStmt",
  "DropTableSpaceStmt",
  "CreateSubscriptionStmt",
  "AlterSubscriptionStmt",
  "DropSubscriptionStmt",
]);

/** Where a statement may run. @param fields what is below its type */
export function placeOf(node: string, fields: Node): TransactionPlace {
  if (node === "TransactionStmt" && String(fields["kind"]).endsWith("PREPARED")) return "outside";
  if (sessionNodes.has(node)) return "session";
  // It is CONCURRENTLY only to its readers.
  if (node === "RefreshMatViewStmt") return "ordinary";
  if (outsideNodes.has(node) || fields["concurrent"] === true) return "outside";
  if (node === "CallStmt") return "committing";
  if (node === "DoStmt") return sourceMatches(fields, sourceMayCommit) ? "committing" : "ordinary";
  if (node === "VacuumStmt") return fields["is_vacuumcmd"] === true || !fields["rels"] ? "outside" : "ordinary";
  if (node === "ClusterStmt" && !fields["relation"]) return "outside";
  if (node === "ReindexStmt")
    return !fields["relation"] || hasOption(fields["params"], "concurrently") ? "outside" : "ordinary";
  if (node === "AlterDatabaseStmt" && hasOption(fields["options"], "tablespace")) return "outside";
  if (node === "AlterTableStmt" && detachesConcurrently(fields)) return "outside";
  return "ordinary";
}

/** Only these words end a transaction from inside a block of code; one of them in a comment or a string is enough to be careful. */
const endsTransaction = /\b(?:commit|rollback|call)\b|\bdo\s*(?:\$|'|e'|language\b)/i;

/** Whether code with this source could end the transaction it runs in. */
export function sourceMayCommit(source: string): boolean {
  return endsTransaction.test(source);
}

/** Whether the code of a DO block matches, as far as its text is told. */
export function sourceMatches(fields: Node, matches: (source: string) => boolean): boolean {
  const args = (fields["args"] ?? []) as readonly {
    readonly DefElem?: { readonly arg?: { readonly String?: { readonly sval?: string } } };
  }[];
  return args.some(({ DefElem: option }) => matches(option?.arg?.String?.sval ?? ""));
}

function hasOption(options: unknown, name: string): boolean {
  const list = (options ?? []) as readonly {
    readonly DefElem?: { readonly defname?: string; readonly arg?: unknown };
  }[];
  return list.some(
    ({ DefElem: option }) =>
      option?.defname === name && !/"(?:false|off|0)"|"boolval":\{\}/.test(JSON.stringify(option.arg ?? "")),
  );
}

function detachesConcurrently(fields: Node): boolean {
  const commands = (fields["cmds"] ?? []) as readonly { readonly AlterTableCmd?: Node }[];
  return commands.some(
    ({ AlterTableCmd: command }) =>
      command?.["subtype"] === "AT_DetachPartition" &&
      (command["def"] as { readonly PartitionCmd?: Node } | undefined)?.PartitionCmd?.["concurrent"] === true,
  );
}
