import { relationsRead } from "../schema/relations-read.ts";
import type { Rule } from "./rule.ts";
import { listed, manual } from "./words.ts";

export const rule: Rule = {
  id: "insert-select-copy",
  title: "All rows of a table are copied in one transaction",
  severity: "warning",
  effect: {
    consequence:
      "The transaction is as long as the copy: autovacuum removes nothing that died since it began, in any table, and replicas get all of it at once.",
  },
  remedy: "Copy the rows in batches by primary key that commit, in a job of its own.",
  harmless: "A query with a condition or a limit, and one that reads only tables that the same migration creates.",
  source: manual("routine-vacuuming#VACUUM-FOR-SPACE-RECOVERY", "Recovering Disk Space"),
  detectedBy: "static",
  hazards: ["insert-select-copy"],
  statements: ["InsertStmt"],
  *check(step) {
    if (!("InsertStmt" in step.node) || !step.node.InsertStmt.relation) return;
    const query = step.node.InsertStmt.selectStmt;
    if (!query || !("SelectStmt" in query)) return;
    const { whereClause, limitCount, valuesLists, fromClause } = query.SelectStmt;
    // What stands in a WITH has conditions of its own.
    if (valuesLists || whereClause || limitCount || !fromClause || step.node.InsertStmt.withClause) return;
    const read = relationsRead(step.schema, step.searchPath, query).filter((name) => !step.isFresh(name));
    if (read.length === 0) return;
    yield {
      message: `What is selected from ${listed(read)}, under no condition, is copied in one transaction.`,
      help: "Copy the rows in batches by primary key that commit, in a job of its own.",
      relation: step.target(step.node.InsertStmt.relation).name,
    };
  },
};
