import type { Step } from "./rule.ts";

/** Whether a statement changes rows of a table. */
export function changesRows({ node, target }: Step, name: string): boolean {
  const statement =
    "UpdateStmt" in node
      ? node.UpdateStmt
      : "InsertStmt" in node
        ? node.InsertStmt
        : "DeleteStmt" in node
          ? node.DeleteStmt
          : "MergeStmt" in node
            ? node.MergeStmt
            : undefined;
  return statement?.relation !== undefined && target(statement.relation).name === name;
}
