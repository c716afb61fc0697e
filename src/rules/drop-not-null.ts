import { tableCommands } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "drop-not-null",
  title: "The running application may not expect NULL",
  severity: "info",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "The lock is short. Code that reads the column may fail on the first NULL, and going back needs a scan.",
  },
  remedy: "Teach every reader to expect NULL first, and drop NOT NULL in a later release.",
  source: manual("sql-altertable#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL", "ALTER TABLE, DROP NOT NULL"),
  detectedBy: "static",
  hazards: ["drop-not-null"],
  statements: ["AlterTableStmt"],
  commands: ["AT_DropNotNull"],
  *check(step, { direction }) {
    // The way back of SET NOT NULL is exactly this.
    if (direction === "down") return;
    for (const { command, target } of tableCommands(step, "AT_DropNotNull"))
      yield {
        message: `Column ${command.name} of ${target.name} may hold NULL from now on, which the running application has never seen.`,
        help: "Make sure that every running version reads NULL in this column before the migration runs.",
        relation: target.name,
      };
  },
};
