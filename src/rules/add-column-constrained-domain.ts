import { columnRewrite } from "../schema/column-rewrite.ts";
import { storedType } from "../schema/type-change.ts";
import { columnType, typeText } from "../schema/names.ts";
import { addedColumns } from "./alter-table.ts";
import { columnText } from "./bare-column.ts";
import { defaultText } from "./definition-parts.ts";
import type { Rule } from "./rule.ts";
import { asDomain } from "./stages.ts";
import { lockOn, manual, typeOf } from "./words.ts";

export const rule: Rule = {
  id: "add-column-constrained-domain",
  title: "A new column of a constrained domain rewrites the table",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    rewrite: true,
    scan: true,
    consequence: "Even without a default the whole table and all its indexes are written again.",
  },
  remedy:
    "Give the column the domain's base type, and repeat the domain's constraint on the table as NOT VALID, validated later.",
  harmless: "Domains without CHECK and NOT NULL.",
  source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
  detectedBy: "both",
  hazards: ["add-column-constrained-domain"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AddColumn"],
  *check(step) {
    for (const added of addedColumns(step)) {
      const { definition, name, target, table, text } = added;
      const why = columnRewrite(step.schema, definition, step);
      if (why?.kind !== "domain" || !definition.typeName) continue;
      const base = storedType(step.schema, step.searchPath, columnType(definition.typeName));
      yield {
        message: `The domain ${why.type} has constraints, so adding column ${name} writes every row again, holding ${lockOn(step, target.name)} until it is done.`,
        help: "Use the domain's base type, and let a check, validated later, look at its constraints:",
        fix: [
          `ALTER TABLE ${target.sql} ADD COLUMN ${columnText(added, typeText(base), defaultText(text))}`,
          ...asDomain({ target, table, name }, typeOf(definition.typeName)),
        ],
        relation: target.name,
      };
    }
  },
};
