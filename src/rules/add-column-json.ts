import { columnType } from "../schema/names.ts";
import { addedColumns } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "add-column-json",
  title: "A json column breaks queries that compare rows",
  severity: "warning",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "Values of type json cannot be compared, so SELECT DISTINCT, UNION and GROUP BY over all columns fail.",
  },
  remedy: "Use jsonb, which can be compared and indexed.",
  source: manual("datatype-json", "JSON Types"),
  detectedBy: "static",
  hazards: ["add-column-json"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AddColumn"],
  *check(step) {
    for (const { definition, name, column, target } of addedColumns(step)) {
      if (!definition.typeName || columnType(definition.typeName).name !== "json") continue;
      yield {
        message: `Column ${name} has the type json, which has no equality: SELECT DISTINCT and UNION that include every column of ${target.name} fail from now on.`,
        help: "Use jsonb:",
        fix: [`ALTER TABLE ${target.sql} ADD COLUMN ${column} jsonb`],
        relation: target.name,
      };
    }
  },
};
