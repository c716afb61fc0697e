import { optionValue } from "../sql/syntax.ts";
import { tableCommands } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "disable-autovacuum",
  title: "Without autovacuum a table grows and its plans go stale",
  severity: "warning",
  effect: {
    lock: "SHARE UPDATE EXCLUSIVE",
    consequence:
      "Dead rows stay, statistics stay as they are, and the table is vacuumed only when the transaction counter forces it.",
  },
  remedy: "Keep autovacuum on and tune its thresholds for this table.",
  source: manual("runtime-config-vacuum#RUNTIME-CONFIG-AUTOVACUUM", "Automatic Vacuuming"),
  detectedBy: "static",
  hazards: ["autovacuum-disabled"],
  statements: ["AlterTableStmt"],
  commands: ["AT_SetRelOptions"],
  *check(step) {
    for (const { command, target } of tableCommands(step, "AT_SetRelOptions")) {
      if (!command.def || !("List" in command.def)) continue;
      const value = optionValue(command.def.List.items, "autovacuum_enabled");
      if (value === undefined || !/^(false|off|no|0)$/i.test(value)) continue;
      yield {
        message: `Autovacuum leaves ${target.name} alone from now on: dead rows stay, and statistics grow stale.`,
        help: "Set thresholds for this table instead, for example autovacuum_vacuum_scale_factor.",
        relation: target.name,
      };
    }
  },
};
