import { columnRewrite } from "../schema/column-rewrite.ts";
import { objectName } from "../schema/object-name.ts";
import { identifierText } from "../sql/identifier-text.ts";
import { addedColumns } from "./alter-table.ts";
import type { Rule, Stage } from "./rule.ts";
import { makeNotNull } from "./stages.ts";
import { lockOn, manual, typeOf } from "./words.ts";

export const rule: Rule = {
  id: "add-column-inline-unique",
  title: "A unique or key column builds its index under a lock",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    scan: true,
    consequence: "The index is built while nobody can read or write the table.",
  },
  remedy:
    "Add the column alone, build the unique index with CONCURRENTLY outside a transaction, and make it a constraint with ADD CONSTRAINT … USING INDEX.",
  source: manual(
    "sql-altertable#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX",
    "ALTER TABLE, ADD table_constraint_using_index",
  ),
  detectedBy: "both",
  hazards: ["add-column-inline-unique", "add-column-inline-pk"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AddColumn"],
  *check(step) {
    for (const { definition, name, column, target, table, constraints } of addedColumns(step)) {
      const unique = constraints.find(({ contype }) => contype === "CONSTR_UNIQUE" || contype === "CONSTR_PRIMARY");
      if (!unique) continue;
      const isKey = unique.contype === "CONSTR_PRIMARY";
      const index = identifierText(
        unique.conname ?? (isKey ? objectName(table.name, [], "pkey") : objectName(table.name, [name], "key")),
      );
      const added = `ALTER TABLE ${target.sql} ADD COLUMN ${column} ${typeOf(definition.typeName)}`;
      const makeKey: Stage = {
        help: `Build a unique index with CONCURRENTLY outside a transaction, and make it the ${isKey ? "primary key" : "constraint"} in another migration:`,
        fix: [
          `CREATE UNIQUE INDEX CONCURRENTLY ${index} ON ${target.sql} (${column})`,
          `ALTER TABLE ${target.sql} ADD CONSTRAINT ${index} ${isKey ? "PRIMARY KEY" : "UNIQUE"} USING INDEX ${index}`,
        ],
      };
      // What fills it has a rule of its own, which says how.
      const isFilled = columnRewrite(step.schema, definition, step) !== undefined;
      yield {
        message: `The ${isKey ? "primary key" : "unique constraint"} in the new column ${name} builds an index over ${target.name}, holding ${lockOn(step, target.name)} until it is done.`,
        ...(isFilled
          ? { ...makeKey, help: `Add and fill the column without its key first. ${makeKey.help}` }
          : isKey
            ? {
                help: "Add the column without its key, and fill it:",
                fix: [added],
                later: [makeNotNull({ target, table, name }), makeKey],
              }
            : {
                help: "Add the column, build the index with CONCURRENTLY outside a transaction, and make it the constraint:",
                fix: [added, ...makeKey.fix],
              }),
        relation: target.name,
      };
    }
  },
};
