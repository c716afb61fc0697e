import { splitName } from "../schema/edit.ts";
import { indexNamed, qualified } from "../schema/schema.ts";
import { provenNotNull } from "../schema/not-null-proof.ts";
import { addedConstraints } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { listed } from "../prose.ts";
import { lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "add-pk-using-index-nullable",
  title: "A primary key on a nullable column reads the whole table under a lock",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    scan: true,
    consequence:
      "The index is there already, but every row is checked for NULL while nobody can read or write the table.",
  },
  remedy:
    "Prove that the columns hold no NULL with a validated check, and set NOT NULL, before the index becomes the primary key.",
  source: manual(
    "sql-altertable#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX",
    "ALTER TABLE, ADD table_constraint_using_index",
  ),
  detectedBy: "both",
  hazards: ["add-pk-using-index-nullable"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AddConstraint"],
  *check(step) {
    for (const { constraint, target, table } of addedConstraints(step)) {
      if (constraint.contype !== "CONSTR_PRIMARY" || constraint.indexname === undefined) continue;
      const index = indexNamed(step.schema, qualified(splitName(target.name)[0], constraint.indexname));
      const nullable = (index?.columns ?? []).flatMap((column) =>
        column !== undefined && !provenNotNull(table, column) ? [column] : [],
      );
      if (nullable.length === 0) continue;
      yield {
        message: `Column ${listed(nullable)} may hold NULL, so all of ${target.name} is read, holding ${lockOn(step, target.name)} until it is done.`,
        help: `Add CHECK (${nullable.map((column) => `${column} IS NOT NULL`).join(" AND ")}) as NOT VALID, validate it in a transaction of its own, and make the index the primary key after that.`,
        relation: target.name,
      };
    }
  },
};
