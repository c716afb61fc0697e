import { optional } from "../optional.ts";
import { relationName } from "../schema/names.ts";
import { enforcementIn } from "../schema/table-parts.ts";
import { addedConstraints, tableCommands } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { validatedLater } from "./validated-later.ts";
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
  commands: ["AT_AddConstraint", "AT_AlterConstraint"],
  *check(step) {
    for (const added of addedConstraints(step)) {
      const { constraint, name, target } = added;
      const { contype, skip_validation: notValid, pktable } = constraint;
      if (contype !== "CONSTR_FOREIGN" || notValid || !pktable) continue;
      if (isPartitioned(step, target.name)) continue;
      const parent = relationName(step.schema, step.searchPath, pktable);
      yield {
        message: `Adding the foreign key ${constraint.conname ?? name} reads all of ${target.name}, holding ${lockOn(step, target.name)} until it is done. The same lock is held on ${parent}.`,
        help: "Add the foreign key as NOT VALID, and validate it in a transaction of its own:",
        ...optional("fix", validatedLater(added)),
        relation: target.name,
      };
    }
    for (const { command, target, table } of tableCommands(step, "AT_AlterConstraint")) {
      const altered = enforcementIn(command);
      const constraint = table.constraints.find(({ name }) => name === altered?.name);
      if (!altered?.isEnforced || (constraint && constraint.enforced !== false)) continue;
      yield {
        message: `Enforcing the foreign key ${altered.name} reads all of ${target.name}, holding ${lockOn(step, target.name)} until it is done.`,
        help: "Put a foreign key that is NOT VALID in its place, and validate it in a transaction of its own.",
        relation: target.name,
      };
    }
  },
};
