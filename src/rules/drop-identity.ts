import { tableCommands } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "drop-identity",
  title: "Without its identity a column refuses the running application's rows",
  severity: "warning",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "The sequence behind the column is dropped with its position. INSERTs that leave the column out fail, since it stays NOT NULL.",
  },
  remedy: "Give the column another default in the same transaction, starting after its largest value.",
  source: manual("sql-altertable#SQL-ALTERTABLE-DESC-GENERATED-IDENTITY", "ALTER TABLE, DROP IDENTITY"),
  detectedBy: "both",
  hazards: ["add-drop-identity-or-expression"],
  statements: ["AlterTableStmt"],
  commands: ["AT_DropIdentity"],
  *check(step, { direction }) {
    if (direction === "down") return;
    for (const { command, target } of tableCommands(step, "AT_DropIdentity"))
      yield {
        message: `INSERTs that leave ${command.name} of ${target.name} out fail from this moment, and the position of its sequence is lost.`,
        help: "Set another default in the same transaction, and start its sequence after the largest value.",
        relation: target.name,
      };
  },
};
