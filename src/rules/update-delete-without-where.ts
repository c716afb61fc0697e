import { constantText } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
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
  hazards: ["update-delete-without-where", "rewrite-wal-volume"],
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
    if (fresh || !always) return;
    yield {
      message: `${statement.name} without a condition changes every row of ${name} in one transaction: each stays locked for other writers until it ends.`,
      help: "Change the rows in batches by primary key that commit, in a job of its own.",
      relation: name,
    };
  },
};
