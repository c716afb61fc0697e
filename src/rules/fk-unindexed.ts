import { indexNamed, type Schema, tableNamed } from "../schema/schema.ts";
import { newConstraints } from "./new-constraints.ts";
import type { Rule } from "./rule.ts";
import { listed } from "../prose.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "fk-unindexed",
  title: "A foreign key without an index makes its parent slow to change",
  severity: "info",
  effect: {
    consequence:
      "Every DELETE on the referenced table, and every UPDATE of its key, reads the whole referencing table.",
  },
  remedy: "Build an index that begins with the referencing columns.",
  harmless:
    "Columns of which one begins an index by the end of the migration, also one that leaves out NULL, and tables that were never seen created.",
  source: manual("ddl-constraints#DDL-CONSTRAINTS-FK", "Foreign Keys"),
  detectedBy: "static",
  hazards: ["fk-parent-unindexed-child"],
  statements: ["CreateStmt", "AlterTableStmt"],
  *check(step, { steps, direction }) {
    const added = direction === "down" ? undefined : newConstraints(step);
    if (!added) return;
    const { name, constraints } = added;
    const last = steps.at(-1)?.after.schema ?? step.after.schema;
    const table = tableNamed(last, name);
    if (!table?.complete || table.partitionOf !== undefined) return;
    for (const constraint of constraints) {
      if (constraint.kind !== "foreign key" || !constraint.references) continue;
      if (
        !table.constraints.some((kept) => kept.name === constraint.name) ||
        isIndexed(last, table.indexes, constraint.columns)
      )
        continue;
      yield {
        message: `${listed(constraint.columns)} of ${name} ${constraint.columns.length > 1 ? "have" : "has"} no index, so each DELETE on ${constraint.references.table} reads all of ${name}.`,
        help: `Build an index on ${name} that begins with ${listed(constraint.columns)}.`,
        relation: name,
      };
    }
  },
};

function isIndexed(schema: Schema, indexes: readonly string[], columns: readonly string[]): boolean {
  return indexes.some((name) => {
    const index = indexNamed(schema, name);
    return (
      index !== undefined &&
      (!index.partial || (index.leavesOutNull ?? false)) &&
      columns.includes(index.columns[0] ?? "")
    );
  });
}
