import { tableCommands } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "owner-change",
  title: "A table gets another owner",
  severity: "warning",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "The old owner loses every right that it was not granted, and a migration that runs as the old owner cannot change the table any more.",
  },
  remedy: "Keep one role that owns everything and that migrations run as; grant the others what they need.",
  harmless: "A table that the same migration creates.",
  source: manual("sql-altertable", "ALTER TABLE, OWNER TO"),
  detectedBy: "both",
  hazards: ["owner-change"],
  statements: ["AlterTableStmt"],
  commands: ["AT_ChangeOwner"],
  *check(step) {
    for (const { command, target } of tableCommands(step, "AT_ChangeOwner"))
      yield {
        message: `${target.name} belongs to ${command.newowner?.rolename ?? "another role"} from now on, which takes ${lockOn(step, target.name)} and all rights from its old owner that were not granted.`,
        help: "Grant the rights that are needed instead; change owners outside of migrations.",
        relation: target.name,
      };
  },
};
