import { addedConstraints } from "./alter-table.ts";
import { identifierText } from "../sql/identifier-text.ts";
import { nameParts } from "../sql/syntax.ts";
import { keyOnEachPartition } from "./partitions.ts";
import type { Rule } from "./rule.ts";
import { isOnlyParent, isPartitioned, keyOfPartitioned, lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "add-unique-constraint",
  title: "A unique constraint builds its index under a lock",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    scan: true,
    consequence: "The index is built while nobody can read or write the table.",
  },
  remedy:
    "Build the unique index with CONCURRENTLY outside a transaction, and make it the constraint with USING INDEX, which is quick.",
  harmless: "ADD CONSTRAINT … UNIQUE USING INDEX.",
  source: manual(
    "sql-altertable#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX",
    "ALTER TABLE, ADD table_constraint_using_index",
  ),
  detectedBy: "both",
  hazards: ["add-unique-constraint"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AddConstraint"],
  *check(step) {
    for (const { constraint, name, target } of addedConstraints(step)) {
      if (constraint.contype !== "CONSTR_UNIQUE" || constraint.indexname !== undefined) continue;
      if (isOnlyParent(step, target.name)) continue;
      const columns = nameParts(constraint.keys);
      const keys = columns.map(identifierText).join(", ");
      const included = nameParts(constraint.including).map(identifierText).join(", ");
      const more = included === "" ? "" : ` INCLUDE (${included})`;
      const nulls = constraint.nulls_not_distinct ? " NULLS NOT DISTINCT" : "";
      const partitioned = isPartitioned(step, target.name);
      yield {
        message: `The unique constraint ${name} builds an index over ${target.name}, holding ${lockOn(step, target.name)} until it is done.`,
        help: partitioned
          ? keyOfPartitioned
          : "Build the index with CONCURRENTLY outside a transaction, and make it the constraint in another migration:",
        ...(constraint.options
          ? {}
          : {
              fix: partitioned
                ? keyOnEachPartition(step.schema, target, {
                    kind: "UNIQUE",
                    name,
                    keys: columns,
                    included: more,
                    nulls,
                  })
                : [
                    `CREATE UNIQUE INDEX CONCURRENTLY ${name} ON ${target.sql} (${keys})${more}${nulls}`,
                    `ALTER TABLE ${target.sql} ADD CONSTRAINT ${name} UNIQUE USING INDEX ${name}${constraint.deferrable ? " DEFERRABLE" : ""}${constraint.initdeferred ? " INITIALLY DEFERRED" : ""}`,
                  ],
            }),
        relation: target.name,
      };
    }
  },
};
