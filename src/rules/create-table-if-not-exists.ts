import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "create-table-if-not-exists",
  title: "IF NOT EXISTS hides a table of another shape",
  severity: "info",
  effect: {
    consequence:
      "Where a table of that name exists, whatever its columns, the statement does nothing and succeeds. A replay on an empty database creates it, and production keeps another.",
  },
  remedy:
    "Leave IF NOT EXISTS out: a migration runs once, and a table that is there already is a difference that somebody should look at.",
  source: manual("sql-createtable", "CREATE TABLE, IF NOT EXISTS"),
  detectedBy: "static",
  hazards: ["create-table-if-not-exists-masks-drift"],
  statements: ["CreateStmt"],
  *check(step) {
    if (!("CreateStmt" in step.node)) return;
    const { if_not_exists: conditional, relation } = step.node.CreateStmt;
    if (!conditional || !relation || relation.relpersistence === "t") return;
    const { name } = step.target(relation);
    yield {
      message: `If ${name} exists with other columns, this does nothing and succeeds, and what follows meets a table of another shape.`,
      help: "Remove IF NOT EXISTS.",
      relation: name,
    };
  },
};
