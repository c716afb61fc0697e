import { type Column, tableNamed } from "../schema/schema.ts";
import { constantText, nameParts, type Node } from "../sql/syntax.ts";
import type { Rule, Step } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "update-delete-without-where",
  title: "Every row is changed in one transaction",
  severity: "error",
  effect: {
    consequence:
      "Every row stays locked for writers until the end, is written once more, and leaves a dead row behind; replicas fall behind by as much.",
  },
  remedy: "Change the rows in batches of a few thousand that commit, by primary key, in a job of its own.",
  harmless: "A table that the same migration creates.",
  source: manual("routine-vacuuming#VACUUM-FOR-SPACE-RECOVERY", "Recovering Disk Space"),
  detectedBy: "static",
  hazards: ["update-delete-without-where", "unbounded-backfill-with-where", "rewrite-wal-volume"],
  statements: ["UpdateStmt", "DeleteStmt"],
  *check(step) {
    const statement =
      "UpdateStmt" in step.node
        ? { name: "UPDATE", ...step.node.UpdateStmt }
        : "DeleteStmt" in step.node
          ? { name: "DELETE", ...step.node.DeleteStmt }
          : undefined;
    if (!statement?.relation) return;
    const { name, fresh } = step.target(statement.relation);
    const { whereClause } = statement;
    const always =
      whereClause === undefined || ("A_Const" in whereClause && /^(true|t|1)$/.test(constantText(whereClause) ?? ""));
    const fills = newColumn(whereClause, tableNamed(step.schema, name)?.columns ?? [], step);
    if (fresh || !(always || fills)) return;
    yield {
      message: `${statement.name} ${fills ? `of what has no ${fills} yet, a column that this change adds,` : "without a condition"} changes every row of ${name} in one transaction: each stays locked for other writers until it ends.`,
      help: "Change the rows in batches by primary key that commit, in a job of its own.",
      relation: name,
    };
  },
};

/** The column of `WHERE column IS NULL`, where the change itself adds it: then every row is one. */
function newColumn(condition: Node | undefined, columns: readonly Column[], { before }: Step): string | undefined {
  if (!condition || !("NullTest" in condition) || condition.NullTest.nulltesttype !== "IS_NULL") return undefined;
  const { arg } = condition.NullTest;
  const name = arg && "ColumnRef" in arg ? nameParts(arg.ColumnRef.fields).at(-1) : undefined;
  const column = columns.find((known) => known.name === name);
  const added = column?.added?.migration;
  const isNew = added !== undefined && (added === before.migration || added >= (before.freshFrom ?? Infinity));
  return isNew && !column?.hasDefault ? name : undefined;
}
