import { changingNodes } from "./called-code.ts";
import type { Mentioned } from "./called-code.ts";
import { firstUserOid } from "./known-relations.ts";

/** What the constraints and triggers of a database may put off to the end of a transaction: code is that of a trigger. */
export type Deferrable = "nothing" | "constraints" | "code";

/** The code of a constraint comes with the server. https://www.postgresql.org/docs/current/sql-set-constraints.html */
export const deferrableQuery = `select case
  when exists(select from pg_catalog.pg_trigger t where t.tgdeferrable and t.tgfoid operator(pg_catalog.>=) '${firstUserOid}'::pg_catalog.oid) then 'code'
  when exists(select from pg_catalog.pg_trigger t where t.tgdeferrable) then 'constraints' else 'nothing' end`;

/** From the answer to {@link deferrableQuery}. */
export function readDeferrable(found: string | null | undefined): Deferrable {
  return found === "nothing" || found === "constraints" ? found : "code";
}

/** What they do is not in their text. */
const opaqueNodes = new Set(["DoStmt", "CallStmt", "ExecuteStmt"]);

/** Whether a statement may put something off to the end of its transaction: it changes rows, or is code that may. */
export function mayPutOff(node: string, { callsUserCode, changesRows }: Mentioned): boolean {
  return changesRows || callsUserCode || changingNodes.has(node) || opaqueNodes.has(node);
}

/** Whether a statement may make something that can be put off. */
export function mayMakeDeferrable(node: string, { callsUserCode }: Mentioned, sql: string): boolean {
  return /deferr/i.test(sql) || opaqueNodes.has(node) || /Extension/.test(node) || callsUserCode;
}
