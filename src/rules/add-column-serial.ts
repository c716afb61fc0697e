import { objectName } from "../schema/object-name.ts";
import { columnRewrite } from "../schema/column-rewrite.ts";
import { quoteLiteral } from "../sql/quote-identifier.ts";
import { addedColumns } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { fillInBatches, makeNotNull } from "./stages.ts";
import { lockOn, manual, typeOf, siblingText } from "./words.ts";

export const rule: Rule = {
  id: "add-column-serial",
  title: "A new serial column rewrites the table",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    rewrite: true,
    scan: true,
    consequence: "Every row gets a number, so the whole table and all its indexes are written again.",
  },
  remedy: "Add a plain column, give it a sequence as its default for new rows, and number the old rows in batches.",
  source: manual("datatype-numeric#DATATYPE-SERIAL", "Serial Types"),
  detectedBy: "both",
  hazards: ["add-column-serial"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AddColumn"],
  *check(step) {
    for (const { definition, name, column, target, table } of addedColumns(step)) {
      if (columnRewrite(step.schema, definition, step)?.kind !== "serial") continue;
      const sequence = siblingText(target.sql, objectName(table.name, [name], "seq"));
      const value = `nextval(${quoteLiteral(sequence)})`;
      const type = typeOf(definition.typeName);
      yield {
        message: `Adding the serial column ${name} writes every row again, holding ${lockOn(step, target.name)} until it is done.`,
        help: "Add a plain column, and give it a sequence for new rows:",
        fix: [
          `ALTER TABLE ${target.sql} ADD COLUMN ${column} ${type}`,
          `CREATE SEQUENCE ${sequence} AS ${type} OWNED BY ${target.sql}.${column}`,
          `ALTER TABLE ${target.sql} ALTER COLUMN ${column} SET DEFAULT ${value}`,
        ],
        later: [fillInBatches({ target, table, name, value }, false), makeNotNull({ target, table, name })],
        relation: target.name,
      };
    }
  },
};
