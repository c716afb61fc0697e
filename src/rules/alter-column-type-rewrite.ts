import { typeChangeOf } from "../schema/column-type-change.ts";
import { columnType, typeText } from "../schema/names.ts";
import { domainOf, storedType } from "../schema/type-change.ts";
import { identifierText } from "../sql/identifier-text.ts";
import { tableCommands } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { lockOn, manual, typeOf } from "./words.ts";

export const rule: Rule = {
  id: "alter-column-type-rewrite",
  title: "A change of type rewrites the table",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    rewrite: true,
    scan: true,
    consequence:
      "Every value is converted, so the whole table and all its indexes are written again. A narrower type can fail or lose digits on the way.",
  },
  remedy:
    "Add a column of the new type, let a trigger or the application write both, fill the old rows in batches, and switch over to the new column in a later release.",
  harmless:
    "Changes that touch no row: a longer varchar or none at all, varchar to text and back, a numeric with more digits before the point and the same after, more digits of a second, a domain without constraints.",
  source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
  detectedBy: "both",
  hazards: ["alter-column-type-rewrite", "alter-column-type-safe-widening", "enum-remove-value"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AlterColumnType"],
  *check(step) {
    for (const { command, target, table } of tableCommands(step, "AT_AlterColumnType")) {
      if (!command.def || !("ColumnDef" in command.def)) continue;
      const change = typeChangeOf(step.schema, table, command, step);
      if (change !== "rewrite" && change !== "unknown") continue;
      const name = command.name ?? "";
      const present = table.columns.find((column) => column.name === name)?.type;
      const { typeName } = command.def.ColumnDef;
      const wanted = typeOf(typeName);
      const type = typeName && columnType(typeName);
      // A column of a domain that checks its values is written to every row itself.
      const isChecked = type && domainOf(step.schema, step.searchPath, type)?.constrained;
      const added = isChecked ? typeText(storedType(step.schema, step.searchPath, type)) : wanted;
      const column = identifierText(`${name}_new`);
      yield {
        message:
          change === "rewrite"
            ? `Changing column ${name}${present ? ` from ${typeText(present)}` : ""} to ${wanted} writes every row again, holding ${lockOn(step, target.name)} until it is done.`
            : `Whether changing column ${name} to ${wanted} writes every row again depends on its present type, which no statement read so far tells. If it does, it holds ${lockOn(step, target.name)} until it is done.`,
        help: `Add a column of the ${isChecked ? "domain's base type, its constraint as NOT VALID" : "new type"}, fill it in batches while both are written, and switch over in a later release:`,
        fix: [`ALTER TABLE ${target.sql} ADD COLUMN ${column} ${added}`],
        relation: target.name,
        ...(change === "rewrite" ? {} : { severity: "warning" as const }),
      };
    }
  },
};
