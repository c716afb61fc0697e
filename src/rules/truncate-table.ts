import type { Rule } from "./rule.ts";
import { lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "truncate-table",
  title: "TRUNCATE empties a table for everybody at once",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    rewrite: true,
    consequence:
      "The rows are gone, also for transactions that began before and look afterwards. With CASCADE every table with a foreign key to it is emptied as well.",
  },
  remedy: "Delete in batches what is no longer needed, in a job of its own.",
  harmless: "A table that the same migration creates.",
  source: manual("sql-truncate", "TRUNCATE"),
  detectedBy: "both",
  hazards: ["truncate", "truncate-cascade"],
  statements: ["TruncateStmt"],
  *check(step) {
    if (!("TruncateStmt" in step.node)) return;
    const cascades = step.node.TruncateStmt.behavior === "DROP_CASCADE";
    for (const relation of step.node.TruncateStmt.relations ?? []) {
      if (!("RangeVar" in relation)) continue;
      const { name, fresh } = step.target(relation.RangeVar);
      if (fresh) continue;
      yield {
        message: `Every row of ${name} is gone, under ${lockOn(step, name)} until the transaction ends.${cascades ? " CASCADE empties every table that references it as well." : ""}`,
        help: "Delete the rows in batches that commit, in a job of its own.",
        relation: name,
      };
    }
  },
};
