import { optional } from "../optional.ts";
import { provenNotNull } from "../schema/not-null-proof.ts";
import { nameParts } from "../sql/syntax.ts";
import { addedConstraints } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { validatedLater } from "./validated-later.ts";
import { listed } from "../prose.ts";
import { lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "add-not-null-constraint",
  title: "A NOT NULL constraint reads the whole table under a lock",
  severity: "error",
  appliesTo: { from: 18 },
  effect: {
    lock: "ACCESS EXCLUSIVE",
    scan: true,
    consequence: "Every row is checked while nobody can read or write the table.",
  },
  remedy:
    "Add the constraint as NOT VALID, and validate it in a transaction of its own, which blocks neither reads nor writes.",
  source: manual("sql-altertable#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT", "ALTER TABLE, ADD table_constraint"),
  detectedBy: "both",
  hazards: ["set-not-null"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AddConstraint"],
  *check(step) {
    for (const added of addedConstraints(step)) {
      const { constraint, target, table } = added;
      if (constraint.contype !== "CONSTR_NOTNULL" || constraint.skip_validation) continue;
      const nullable = nameParts(constraint.keys).filter((key) => !provenNotNull(table, key));
      if (nullable.length === 0) continue;
      yield {
        message: `The constraint reads all of ${target.name} for NULL in ${listed(nullable)}, holding ${lockOn(step, target.name)} until it is done.`,
        help: "Add the constraint as NOT VALID, and validate it in a transaction of its own:",
        ...optional("fix", constraint.conname === undefined ? undefined : validatedLater(added)),
        relation: target.name,
      };
    }
  },
};
