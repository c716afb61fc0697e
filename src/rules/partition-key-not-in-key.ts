import { tableNamed } from "../schema/schema.ts";
import { nameParts } from "../sql/syntax.ts";
import { newRelationName } from "../schema/names.ts";
import type { Rule } from "./rule.ts";
import { listed, manual } from "./words.ts";

export const rule: Rule = {
  id: "partition-key-not-in-key",
  title: "PostgreSQL refuses a key without the partition key",
  severity: "error",
  effect: {
    consequence:
      "The migration fails: a unique constraint on a partitioned table must include every column of the partition key.",
  },
  remedy: "Add the columns of the partition key to the primary key or unique constraint.",
  source: manual("ddl-partitioning#DDL-PARTITIONING-DECLARATIVE-LIMITATIONS", "Partitioning, Limitations"),
  detectedBy: "both",
  hazards: ["partition-pk-missing-key"],
  statements: ["CreateStmt"],
  *check(step) {
    if (!("CreateStmt" in step.node)) return;
    const { relation, partspec } = step.node.CreateStmt;
    if (!relation || !partspec) return;
    const keys = (partspec.partParams ?? []).flatMap((element) =>
      "PartitionElem" in element ? nameParts([{ String: { sval: element.PartitionElem.name ?? "" } }]) : [],
    );
    if (keys.includes("")) return;
    const name = newRelationName(step.searchPath, relation);
    for (const { kind, columns, name: constraint } of tableNamed(step.after.schema, name)?.constraints ?? []) {
      if (kind !== "primary key" && kind !== "unique") continue;
      const missing = keys.filter((key) => !columns.includes(key));
      if (missing.length === 0) continue;
      yield {
        message: `${constraint} does not include ${listed(missing)}, by which ${name} is partitioned, so PostgreSQL refuses the table.`,
        help: `Add ${listed(missing)} to the ${kind}.`,
        relation: name,
        sqlState: "0A000",
      };
    }
  },
};
