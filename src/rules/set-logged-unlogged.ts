import { tableCommands } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "set-logged-unlogged",
  title: "SET LOGGED and SET UNLOGGED rewrite the table",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    rewrite: true,
    scan: true,
    consequence:
      "The table and all its indexes are written again. An unlogged table is empty after a crash and cannot be read on a standby.",
  },
  remedy: "Create a new table as it should be, copy the rows in batches, and swap the tables.",
  harmless: "A table that is what the statement makes it already.",
  source: manual("sql-altertable#SQL-ALTERTABLE-DESC-SET-LOGGED-UNLOGGED", "ALTER TABLE, SET LOGGED"),
  detectedBy: "both",
  hazards: ["set-logged-unlogged"],
  statements: ["AlterTableStmt"],
  commands: ["AT_SetLogged", "AT_SetUnLogged"],
  *check(step) {
    for (const { command, target } of tableCommands(step, "AT_SetLogged", "AT_SetUnLogged")) {
      if (!step.effects.rewrites.has(target.name)) continue;
      const unlogged = command.subtype === "AT_SetUnLogged";
      yield {
        message: `SET ${unlogged ? "UNLOGGED" : "LOGGED"} writes all of ${target.name} again, holding ${lockOn(step, target.name)} until it is done.${unlogged ? " After a crash the table is empty, and a standby cannot read it." : ""}`,
        help: "Create a new table as it should be, copy the rows in batches, and swap the tables.",
        relation: target.name,
      };
    }
  },
};
