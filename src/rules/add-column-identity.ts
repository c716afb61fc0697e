import { objectName } from "../schema/object-name.ts";
import { columnRewrite } from "../schema/column-rewrite.ts";
import { quoteLiteral } from "../sql/quote-identifier.ts";
import { addedColumns } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { fillInBatches, makeNotNull } from "./stages.ts";
import { lockOn, manual, typeOf, siblingText } from "./words.ts";

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
    for (const { definition, name, column, target, table, constraints } of addedColumns(step)) {
      if (columnRewrite(step.schema, definition, step)?.kind !== "identity") continue;
      const sequence = siblingText(target.sql, objectName(table.name, [name], "numbers"));
      const value = `nextval(${quoteLiteral(sequence)})`;
      const isAlways = constraints.some(({ generated_when: when }) => when === "a");
      const type = typeOf(definition.typeName);
      yield {
        message: `Adding the identity column ${name} writes every row again, holding ${lockOn(step, target.name)} until it is done.`,
        help: "Add a plain column, and number new rows:",
        fix: [
          `ALTER TABLE ${target.sql} ADD COLUMN ${column} ${type}`,
          `CREATE SEQUENCE ${sequence} AS ${type}`,
          `ALTER TABLE ${target.sql} ALTER COLUMN ${column} SET DEFAULT ${value}`,
        ],
        later: [
          fillInBatches({ target, table, name, value }, false),
          makeNotNull({ target, table, name }),
          {
            help: "Make it an identity that goes on from there, in one transaction:",
            fix: [
              `ALTER TABLE ${target.sql} ALTER COLUMN ${column} DROP DEFAULT, ALTER COLUMN ${column} ADD GENERATED ${isAlways ? "ALWAYS" : "BY DEFAULT"} AS IDENTITY`,
              `SELECT setval(pg_get_serial_sequence(${quoteLiteral(target.sql)}, ${quoteLiteral(name)}), ${value})`,
              `DROP SEQUENCE ${sequence}`,
            ],
          },
        ],
        relation: target.name,
      };
    }
  },
};
