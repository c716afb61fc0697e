import { columnRewrite, defaultOf } from "../schema/column-rewrite.ts";
import { addedColumns } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { manual, typeOf } from "./words.ts";

export const rule: Rule = {
  id: "add-column-required-no-default",
  title: "A required column without a default fails where there are rows",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    scan: true,
    consequence:
      "It works on an empty table and fails on one with a row. Where it works, every INSERT of the running application fails.",
  },
  remedy:
    "Add the column without NOT NULL or with a default, let the application write it, fill the old rows, and set NOT NULL then.",
  source: manual("ddl-alter#DDL-ALTER-ADDING-A-COLUMN", "Adding a Column"),
  detectedBy: "both",
  hazards: ["add-column-required-no-default"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AddColumn"],
  *check(step) {
    for (const { definition, name, column, target, constraints, isRequired } of addedColumns(step)) {
      if (!isRequired || defaultOf(definition) || columnRewrite(step.schema, definition, step)) continue;
      if (constraints.some(({ contype }) => contype === "CONSTR_GENERATED")) continue;
      yield {
        message: `Column ${name} is NOT NULL and has no default, so this fails as soon as ${target.name} holds a row, and the running application's INSERTs fail after it.`,
        help: "Add the column without NOT NULL; set NOT NULL when it is filled and the application writes it:",
        fix: [`ALTER TABLE ${target.sql} ADD COLUMN ${column} ${typeOf(definition.typeName)}`],
        relation: target.name,
      };
    }
  },
};
