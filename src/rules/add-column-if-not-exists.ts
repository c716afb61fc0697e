import { surelyHas } from "../schema/schema.ts";
import { tableCommands } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "add-column-if-not-exists",
  title: "IF NOT EXISTS hides a column of another type",
  severity: "info",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "Where a column of that name exists, whatever its type and default, the statement does nothing and succeeds.",
  },
  remedy:
    "Leave IF NOT EXISTS out: a migration runs once, and a column that is there already is a difference that somebody should look at.",
  source: manual("sql-altertable#SQL-ALTERTABLE-DESC-ADD-COLUMN", "ALTER TABLE, ADD COLUMN IF NOT EXISTS"),
  detectedBy: "static",
  hazards: ["add-column-if-not-exists-masks-drift"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AddColumn"],
  *check(step) {
    for (const { command, target, table } of tableCommands(step, "AT_AddColumn")) {
      if (!command.missing_ok || !command.def || !("ColumnDef" in command.def)) continue;
      const { colname = "" } = command.def.ColumnDef;
      yield {
        message: surelyHas(table, colname)
          ? `${target.name} has a column ${colname}, so this does nothing and succeeds, whatever type and default it asks for.`
          : `If ${target.name} has a column ${colname} of another type or default, this does nothing and succeeds.`,
        help: "Remove IF NOT EXISTS.",
        relation: target.name,
      };
    }
  },
};
