import { recheckedOnTypeChange, typeChangeOf } from "../schema/column-type-change.ts";
import { identifierText } from "../sql/identifier-text.ts";
import { tableCommands } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { listed } from "../prose.ts";
import { lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "alter-type-revalidates-check",
  title: "A change of type verifies the column's checks again",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    scan: true,
    consequence:
      "Even where the change itself touches no row, every row is checked while nobody can read or write the table.",
  },
  remedy:
    "Drop the check, change the type, add the check again as NOT VALID, and validate it in a transaction of its own.",
  source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
  detectedBy: "both",
  hazards: ["alter-type-revalidates-check"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AlterColumnType"],
  *check(step) {
    for (const { command, target, table } of tableCommands(step, "AT_AlterColumnType")) {
      if (typeChangeOf(step.schema, table, command, step) !== "none") continue;
      const name = command.name ?? "";
      const checks = recheckedOnTypeChange(table, name);
      if (checks.length === 0) continue;
      yield {
        message: `Changing the type of ${name} is free, but verifies ${listed(checks.map((check) => check.name))} for every row again, holding ${lockOn(step, target.name)} until it is done.`,
        help: "Drop the check before, add it again as NOT VALID after, and validate it in a transaction of its own:",
        fix: [
          ...checks.map((check) => `ALTER TABLE ${target.sql} DROP CONSTRAINT ${identifierText(check.name)}`),
          step.sql,
        ],
        relation: target.name,
      };
    }
  },
};
