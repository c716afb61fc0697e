import { tableCommands } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "move-table-storage",
  title: "Another tablespace or access method copies the table",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    rewrite: true,
    consequence: "The whole table is copied while nobody can read or write it.",
  },
  remedy:
    "Create a new table where it belongs, copy the rows in batches, and swap the tables; or use an extension that moves a table while it is in use.",
  source: manual("sql-altertable#SQL-ALTERTABLE-DESC-SET-TABLESPACE", "ALTER TABLE, SET TABLESPACE"),
  detectedBy: "both",
  hazards: ["set-tablespace-access-method"],
  statements: ["AlterTableStmt"],
  commands: ["AT_SetAccessMethod", "AT_SetTableSpace"],
  *check(step) {
    for (const { command, target } of tableCommands(step, "AT_SetTableSpace", "AT_SetAccessMethod")) {
      if (!step.effects.rewrites.has(target.name)) continue;
      yield {
        message: `${command.subtype === "AT_SetTableSpace" ? "SET TABLESPACE" : "SET ACCESS METHOD"} copies all of ${target.name} unless nothing changes, holding ${lockOn(step, target.name)} until it is done.`,
        help: "Create a new table where it belongs, copy the rows in batches, and swap the tables.",
        relation: target.name,
      };
    }
  },
};
