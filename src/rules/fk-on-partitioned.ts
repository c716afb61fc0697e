import { addedConstraints } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { isPartitioned, lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "fk-on-partitioned",
  title: "A foreign key on a partitioned table locks and reads every partition",
  severity: "error",
  effect: {
    lock: "SHARE ROW EXCLUSIVE",
    consequence:
      "Writes to every partition and to the referenced table wait until all partitions were read. Before PostgreSQL 18 NOT VALID is refused here.",
  },
  remedy:
    "Add the foreign key to each partition as NOT VALID and validate it there, one at a time; then add it to the parent, which finds each partition's own and reads nothing.",
  source: manual("sql-altertable#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT", "ALTER TABLE, ADD table_constraint"),
  detectedBy: "both",
  hazards: ["fk-on-partitioned"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AddConstraint"],
  *check(step, { majors }) {
    for (const { constraint, name, target } of addedConstraints(step)) {
      if (constraint.contype !== "CONSTR_FOREIGN" || !isPartitioned(step, target.name)) continue;
      const refused = constraint.skip_validation && majors.some((major) => major < 18);
      if (constraint.skip_validation && !refused) continue;
      yield {
        message: refused
          ? `${target.name} is partitioned, and before PostgreSQL 18 a foreign key on it cannot be NOT VALID: the statement is refused.`
          : `The foreign key ${name} reads every partition of ${target.name}, holding ${lockOn(step, target.name)} until it is done.`,
        help: "Add it to each partition as NOT VALID, validate it there, and add it to the parent last.",
        relation: target.name,
        ...(refused ? { sqlState: "42809" } : {}),
      };
    }
  },
};
