import { optional } from "../optional.ts";
import { addedConstraints } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { validatedLater } from "./validated-later.ts";
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
    for (const added of addedConstraints(step)) {
      const { constraint, name, target } = added;
      if (constraint.contype !== "CONSTR_CHECK" || constraint.skip_validation) continue;
      yield {
        message: `Adding the check ${constraint.conname ?? name} reads all of ${target.name}, holding ${lockOn(step, target.name)} until it is done.`,
        help: "Add the constraint as NOT VALID, and validate it in a transaction of its own:",
        ...optional("fix", validatedLater(added)),
        relation: target.name,
      };
    }
  },
};
