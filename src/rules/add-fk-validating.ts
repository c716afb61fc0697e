import { relationName } from "../schema/names.ts";
import { constraintOf } from "../schema/table-parts.ts";
import { identifierText } from "../sql/identifier-text.ts";
import { tableCommands } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { isPartitioned, lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "add-fk-validating",
  title: "A new foreign key reads both tables while it blocks writes",
  severity: "error",
  effect: {
    lock: "SHARE ROW EXCLUSIVE",
    scan: true,
    consequence: "Writes to both tables wait until every row was looked up in the referenced table.",
  },
  remedy:
    "Add the foreign key as NOT VALID, which holds for new rows at once and reads nothing, and validate it in a transaction of its own, which blocks neither reads nor writes.",
  harmless:
    "A foreign key of a table that the same migration creates. The lock on the referenced table stays: `add-fk-locks-parent`.",
  source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
  detectedBy: "both",
  hazards: ["add-fk-validating"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AddConstraint"],
  *check(step) {
    for (const { command, target, text } of tableCommands(step, "AT_AddConstraint")) {
      if (!command.def || !("Constraint" in command.def)) continue;
      const { contype, skip_validation: notValid, is_enforced: enforced, conname, pktable } = command.def.Constraint;
      if (
        contype !== "CONSTR_FOREIGN" ||
        notValid ||
        enforced === false ||
        !pktable ||
        isPartitioned(step, target.name)
      )
        continue;
      const parent = relationName(step.schema, step.searchPath, pktable);
      const name = identifierText(constraintOf(target.name, command.def.Constraint, parent)?.name ?? "");
      const named =
        text !== undefined && conname === undefined ? text.replace(/^add\s+/i, () => `ADD CONSTRAINT ${name} `) : text;
      yield {
        message: `Adding the foreign key ${conname ?? name} reads all of ${target.name}, holding ${lockOn(step, target.name)} until it is done. The same lock is held on ${parent}.`,
        help: "Add the foreign key as NOT VALID, and validate it in a transaction of its own:",
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
