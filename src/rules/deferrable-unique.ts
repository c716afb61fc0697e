import { newRelationName } from "../schema/names.ts";
import { tableNamed } from "../schema/schema.ts";
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
    if (direction === "down") return;
    const relation =
      "CreateStmt" in step.node
        ? step.node.CreateStmt.relation
        : "AlterTableStmt" in step.node
          ? step.node.AlterTableStmt.relation
          : undefined;
    if (!relation) return;
    const name = "CreateStmt" in step.node ? newRelationName(step.searchPath, relation) : step.target(relation).name;
    const known = new Set((tableNamed(step.schema, name)?.constraints ?? []).map((constraint) => constraint.name));
    for (const constraint of tableNamed(step.after.schema, name)?.constraints ?? []) {
      if (
        !constraint.deferrable ||
        known.has(constraint.name) ||
        (constraint.kind !== "unique" && constraint.kind !== "primary key")
      )
        continue;
      yield {
        message: `${constraint.name} on ${name} is DEFERRABLE, so ON CONFLICT and foreign keys cannot use it.`,
        help: "Remove DEFERRABLE.",
        relation: name,
      };
    }
  },
};
