import { addedConstraints } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "add-exclusion",
  title: "An exclusion constraint builds its index under a lock",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    scan: true,
    consequence:
      "The index is built and every row is checked against it while nobody can read or write the table. There is no concurrent or NOT VALID form.",
  },
  remedy:
    "Create a new table with the constraint, copy the rows in batches while a trigger keeps both, and swap the tables.",
  source: manual("sql-createtable#SQL-CREATETABLE-EXCLUDE", "CREATE TABLE, EXCLUDE"),
  detectedBy: "both",
  hazards: ["add-exclusion"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AddConstraint"],
  *check(step) {
    for (const { constraint, name, target } of addedConstraints(step)) {
      if (constraint.contype !== "CONSTR_EXCLUSION") continue;
      yield {
        message: `The exclusion constraint ${name} builds an index over ${target.name} and checks every row, holding ${lockOn(step, target.name)} until it is done.`,
        help: "Create a new table with the constraint, copy the rows in batches, and swap the tables; PostgreSQL has no way to add it to a table in use.",
        relation: target.name,
      };
    }
  },
};
