import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "drop-owned",
  title: "DROP OWNED and REASSIGN OWNED reach whatever a role owns",
  severity: "error",
  effect: {
    consequence:
      "Which objects that are is known only on the server it runs on. DROP OWNED drops them all, and revokes the role's privileges; both lock every one of them.",
  },
  remedy: "Name each object: ALTER … OWNER TO, DROP or REVOKE.",
  source: manual("sql-drop-owned", "DROP OWNED"),
  detectedBy: "static",
  hazards: ["drop-owned-reassign"],
  statements: ["DropOwnedStmt", "ReassignOwnedStmt"],
  *check(step) {
    if ("DropOwnedStmt" in step.node)
      yield {
        message:
          "DROP OWNED drops every object of the role in this database, whatever that is in production, under an ACCESS EXCLUSIVE lock on each table, which blocks reads and writes.",
        help: "Drop each object by name instead.",
      };
    if ("ReassignOwnedStmt" in step.node)
      yield {
        message:
          "REASSIGN OWNED changes every object of the role in this database, whatever that is in production, and locks each table in ACCESS EXCLUSIVE mode, which blocks reads and writes, until the transaction ends.",
        help: "Change the owner of each object by name instead.",
      };
  },
};
