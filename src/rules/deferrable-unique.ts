import { newConstraints } from "./new-constraints.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "deferrable-unique",
  title: "ON CONFLICT and foreign keys cannot use a deferrable key",
  severity: "warning",
  effect: { consequence: "INSERT … ON CONFLICT that names its columns fails, and so does a foreign key to it." },
  remedy: "Leave DEFERRABLE out unless rows really change places within a transaction.",
  source: manual("sql-createtable#SQL-CREATETABLE-PARMS-DEFERRABLE", "CREATE TABLE, DEFERRABLE"),
  detectedBy: "static",
  hazards: ["deferred-unique-breaks-upsert"],
  statements: ["CreateStmt", "AlterTableStmt"],
  *check(step, { direction }) {
    const added = direction === "down" ? undefined : newConstraints(step);
    if (!added) return;
    const { name, constraints } = added;
    for (const constraint of constraints) {
      if (!constraint.deferrable || (constraint.kind !== "unique" && constraint.kind !== "primary key")) continue;
      yield {
        message: `${constraint.name} on ${name} is DEFERRABLE, so ON CONFLICT and foreign keys cannot use it.`,
        help: "Remove DEFERRABLE.",
        relation: name,
      };
    }
  },
};
