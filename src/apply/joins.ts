import { readScript } from "../wire/script.ts";

/** Statements about the session that mean the same in a transaction. */
const harmless = new Set(["VariableSetStmt", "VariableShowStmt", "LockStmt", "ConstraintsSetStmt"]);

/** Whether all of a text may run in a transaction that was put around it, and does the same there. */
export function joins(sql: string): boolean {
  const script = readScript(Buffer.from(sql), "UTF8");
  return (
    script?.every(({ kind: { place, node, control } }) => place === "ordinary" || (!control && harmless.has(node))) ??
    false
  );
}
