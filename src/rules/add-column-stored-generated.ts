import { columnRewrite } from "../schema/column-rewrite.ts";
import { addedColumns } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { lockOn, manual, typeOf } from "./words.ts";

export const rule: Rule = {
  id: "add-column-stored-generated",
  title: "A new stored generated column rewrites the table",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    rewrite: true,
    scan: true,
    consequence: "The value is computed for every row, so the whole table and all its indexes are written again.",
  },
  remedy:
    "Use a virtual generated column on PostgreSQL 18, a view, or a plain column that a trigger keeps and that is filled in batches.",
  harmless: "Virtual generated columns (PostgreSQL 18), which store nothing.",
  source: manual("ddl-generated-columns", "Generated Columns"),
  detectedBy: "both",
  hazards: ["add-column-stored-generated"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AddColumn"],
  *check(step) {
    for (const { definition, name, column, target } of addedColumns(step)) {
      if (columnRewrite(step.schema, definition, step)?.kind !== "generated") continue;
      yield {
        message: `Adding the stored generated column ${name} writes every row again, holding ${lockOn(step, target.name)} until it is done.`,
        help: "Add a plain column, keep it with a trigger, and fill the old rows in batches; on PostgreSQL 18 a VIRTUAL generated column needs none of that:",
        fix: [`ALTER TABLE ${target.sql} ADD COLUMN ${column} ${typeOf(definition.typeName)}`],
        relation: target.name,
      };
    }
  },
};
