import { onlyStatement } from "./parser.ts";
import { withoutLeadingComments } from "./scan-statements.ts";

/** What one statement does with a savepoint; `return`: ROLLBACK TO. */
export interface SavepointCommand {
  readonly does: "set" | "release" | "return";
  readonly name: string;
}

/** A savepoint of an open transaction, with what was so when it was set. */
export interface Savepoint<State> {
  readonly name: string;
  readonly state: State;
}

const kinds: Readonly<Record<string, SavepointCommand["does"]>> = {
  TRANS_STMT_SAVEPOINT: "set",
  TRANS_STMT_RELEASE: "release",
  TRANS_STMT_ROLLBACK_TO: "return",
};

/** Reads SAVEPOINT, RELEASE and ROLLBACK TO; `undefined` for everything else. @throws Error when `loadParser` was not awaited before */
export function savepointCommand(sql: string): SavepointCommand | undefined {
  if (!/^(?:savepoint|release|rollback)\b/i.test(withoutLeadingComments(sql))) return undefined;
  const node = onlyStatement(sql);
  if (node === undefined || !("TransactionStmt" in node)) return undefined;
  const { kind = "", savepoint_name: name = "" } = node.TransactionStmt;
  const does = kinds[kind];
  return does && { does, name };
}

/**
 * The savepoints after such a statement, and the state that it has gone back to.
 * https://www.postgresql.org/docs/18/sql-savepoint.html
 */
export function afterSavepoint<State>(
  savepoints: readonly Savepoint<State>[],
  { does, name }: SavepointCommand,
  state: State,
): { readonly savepoints: readonly Savepoint<State>[]; readonly returned?: State } {
  if (does === "set") return { savepoints: [...savepoints, { name, state }] };
  const at = savepoints.findLastIndex((savepoint) => savepoint.name === name);
  const found = savepoints[at];
  // The server refuses it, and says so.
  if (!found) return { savepoints };
  return does === "release"
    ? { savepoints: savepoints.slice(0, at) }
    : { savepoints: savepoints.slice(0, at + 1), returned: found.state };
}
