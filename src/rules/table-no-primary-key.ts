import { newRelationName } from "../schema/names.ts";
import { tableNamed } from "../schema/schema.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "table-no-primary-key",
  title: "A table without a primary key cannot be replicated row by row",
  severity: "info",
  effect: {
    consequence: "Logical replication refuses UPDATE and DELETE on it, and nothing tells two equal rows apart.",
  },
  remedy:
    "Give the table a primary key, or a unique index over columns that are NOT NULL and REPLICA IDENTITY USING INDEX.",
  harmless: "Temporary and unlogged tables, partitions, and tables that get their key later in the migration.",
  source: manual(
    "logical-replication-publication#LOGICAL-REPLICATION-PUBLICATION-REPLICA-IDENTITY",
    "Replica Identity",
  ),
  detectedBy: "static",
  hazards: ["table-no-primary-key"],
  statements: ["CreateStmt"],
  *check(step, { steps, direction }) {
    if (!("CreateStmt" in step.node) || direction === "down") return;
    const { relation, partbound, inhRelations } = step.node.CreateStmt;
    if (!relation || partbound || inhRelations) return;
    const name = newRelationName(step.searchPath, relation);
    const table = tableNamed(steps.at(-1)?.after.schema ?? step.after.schema, name);
    if (!table?.complete || table.temporary || table.unlogged || table.partitionOf !== undefined) return;
    if (table.constraints.some(({ kind }) => kind === "primary key")) return;
    yield {
      message: `${name} has no primary key: logical replication would refuse UPDATE and DELETE on it.`,
      help: "Add a primary key, for example id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY.",
      relation: name,
    };
  },
};
