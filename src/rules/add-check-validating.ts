import { constraintOf } from "../schema/table-parts.ts";
import { identifierText } from "../sql/identifier-text.ts";
import { tableCommands } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "add-check-validating",
  title: "A new check reads the whole table under a lock",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    scan: true,
    consequence: "Every row is checked while nobody can read or write the table.",
  },
  remedy:
    "Add the constraint as NOT VALID, which holds for new rows at once and reads nothing, and validate it in a transaction of its own, which blocks neither reads nor writes.",
  harmless: "A constraint added as NOT VALID, or on a table that the same migration creates.",
  source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
  detectedBy: "both",
  hazards: ["add-check-validating"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AddConstraint"],
  *check(step) {
    for (const { command, target, text } of tableCommands(step, "AT_AddConstraint")) {
      if (!command.def || !("Constraint" in command.def)) continue;
      const { contype, skip_validation: notValid, conname } = command.def.Constraint;
      if (contype !== "CONSTR_CHECK" || notValid) continue;
      const name = identifierText(constraintOf(target.name, command.def.Constraint, undefined)?.name ?? "");
      const named =
        text !== undefined && conname === undefined ? text.replace(/^add\s+/i, () => `ADD CONSTRAINT ${name} `) : text;
      yield {
        message: `Adding the check ${conname ?? name} reads all of ${target.name}, holding ${lockOn(step, target.name)} until it is done.`,
        help: "Add the constraint as NOT VALID, and validate it in a transaction of its own:",
        ...(named === undefined
          ? {}
          : {
              fix: [
                `ALTER TABLE ${target.sql} ${named} NOT VALID`,
                `ALTER TABLE ${target.sql} VALIDATE CONSTRAINT ${name}`,
              ],
            }),
        relation: target.name,
      };
    }
  },
};
