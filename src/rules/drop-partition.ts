import { relationNameOf } from "../schema/names.ts";
import { hasDefaultPartition, tableNamed } from "../schema/schema.ts";
import { nameLists } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { lockOn, manual, relationText } from "./words.ts";

export const rule: Rule = {
  id: "drop-partition",
  title: "Dropping a partition locks the whole partitioned table",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "While it waits behind one open transaction, every query of the partitioned table waits behind it, whichever partition it is about.",
  },
  remedy: "Detach the partition with CONCURRENTLY first, and drop the table that is left after that.",
  harmless: "A table with a default partition, from which CONCURRENTLY is refused: what is said of it is a warning.",
  source: manual("ddl-partitioning#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE", "Partition Maintenance"),
  detectedBy: "both",
  hazards: ["drop-partition"],
  statements: ["DropStmt"],
  *check(step) {
    if (!("DropStmt" in step.node) || step.node.DropStmt.removeType !== "OBJECT_TABLE") return;
    for (const parts of nameLists(step.node.DropStmt.objects)) {
      const name = relationNameOf(step.schema, step.searchPath, parts);
      const parent = tableNamed(step.schema, name)?.partitionOf;
      if (parent === undefined || step.isFresh(parent)) continue;
      const parentDropped = nameLists(step.node.DropStmt.objects).some(
        (other) => relationNameOf(step.schema, step.searchPath, other) === parent,
      );
      if (parentDropped) continue;
      yield {
        message: `Dropping the partition ${name} takes ${lockOn(step, parent)} also while it waits behind one open transaction.`,
        ...(hasDefaultPartition(step.schema, parent)
          ? {
              help: "Set lock_timeout before it, and try again when it strikes: PostgreSQL refuses to detach with CONCURRENTLY from a table with a default partition.",
              severity: "warning",
            }
          : {
              help: "Detach the partition with CONCURRENTLY outside a transaction, and drop the table in a later migration:",
              fix: [
                `ALTER TABLE ${relationText(parent)} DETACH PARTITION ${relationText(name)} CONCURRENTLY`,
                step.sql,
              ],
            }),
        relation: parent,
      };
    }
  },
};
