import { provenNotNull } from "../schema/not-null-proof.ts";
import { nameParts } from "../sql/syntax.ts";
import { addedConstraints } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
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
    for (const { constraint, name, target, table, text } of addedConstraints(step)) {
      if (constraint.contype !== "CONSTR_NOTNULL" || constraint.skip_validation) continue;
      const nullable = nameParts(constraint.keys).filter((key) => !provenNotNull(table, key));
      if (nullable.length === 0) continue;
      yield {
        message: `The constraint reads all of ${target.name} for NULL in ${listed(nullable)}, holding ${lockOn(step, target.name)} until it is done.`,
        help: "Add the constraint as NOT VALID, and validate it in a transaction of its own:",
        ...(text === undefined || constraint.conname === undefined
          ? {}
          : {
              fix: [
                `ALTER TABLE ${target.sql} ${text} NOT VALID`,
                `ALTER TABLE ${target.sql} VALIDATE CONSTRAINT ${name}`,
              ],
            }),
        relation: target.name,
      };
    }
  },
};
