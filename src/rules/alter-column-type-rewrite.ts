import { typeChangeOf } from "../schema/column-type-change.ts";
import { typeText } from "../schema/names.ts";
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
      const wanted = typeOf(command.def.ColumnDef.typeName);
      const column = identifierText(`${name}_new`);
      yield {
        message:
          change === "rewrite"
            ? `Changing column ${name}${present ? ` from ${typeText(present)}` : ""} to ${wanted} writes every row again, holding ${lockOn(step, target.name)} until it is done.`
            : `Whether changing column ${name} to ${wanted} writes every row again depends on its present type, which no statement read so far tells. If it does, it holds ${lockOn(step, target.name)} until it is done.`,
        help: "Add a column of the new type, fill it in batches while both are written, and switch over in a later release:",
        fix: [`ALTER TABLE ${target.sql} ADD COLUMN ${column} ${wanted}`],
        relation: target.name,
        ...(change === "rewrite" ? {} : { severity: "warning" as const }),
      };
    }
  },
};
