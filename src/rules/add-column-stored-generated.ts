import { columnRewrite } from "../schema/column-rewrite.ts";
import { addedColumns } from "./alter-table.ts";
import { generatedText } from "./definition-parts.ts";
import type { Rule } from "./rule.ts";
import { fillInBatches, keepByTrigger, makeNotNull } from "./stages.ts";
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
    for (const { definition, name, column, target, table, isRequired, text } of addedColumns(step)) {
      if (columnRewrite(step.schema, definition, step)?.kind !== "generated") continue;
      const value = generatedText(text);
      const filled = value === undefined ? undefined : { target, table, name, value };
      yield {
        message: `Adding the stored generated column ${name} writes every row again, holding ${lockOn(step, target.name)} until it is done.`,
        help: "Use a VIRTUAL generated column on PostgreSQL 18; before, add a plain column that a trigger keeps:",
        fix: [
          `ALTER TABLE ${target.sql} ADD COLUMN ${column} ${typeOf(definition.typeName)}`,
          ...(filled ? keepByTrigger(filled) : []),
        ],
        ...(filled ? { later: [fillInBatches(filled, true), ...(isRequired ? [makeNotNull(filled)] : [])] } : {}),
        relation: target.name,
      };
    }
  },
};
