import { columnRewrite } from "../schema/column-rewrite.ts";
import { addedColumns } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { lockOn, manual, typeOf } from "./words.ts";

export const rule: Rule = {
  id: "add-column-identity",
  title: "A new identity column rewrites the table",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    rewrite: true,
    scan: true,
    consequence: "Every row gets a number, so the whole table and all its indexes are written again.",
  },
  remedy:
    "Add a plain column, number the old rows in batches while a trigger or default numbers the new ones, prove that it holds no NULL with a validated check, and make it an identity then.",
  source: manual("ddl-identity-columns", "Identity Columns"),
  detectedBy: "both",
  hazards: ["add-column-identity"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AddColumn"],
  *check(step) {
    for (const { definition, name, column, target } of addedColumns(step)) {
      if (columnRewrite(step.schema, definition, step)?.kind !== "identity") continue;
      yield {
        message: `Adding the identity column ${name} writes every row again, holding ${lockOn(step, target.name)} until it is done.`,
        help: "Add a plain column, number the rows in batches, and make it NOT NULL and an identity after that:",
        fix: [`ALTER TABLE ${target.sql} ADD COLUMN ${column} ${typeOf(definition.typeName)}`],
        relation: target.name,
      };
    }
  },
};
