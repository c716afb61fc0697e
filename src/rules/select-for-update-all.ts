import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "select-for-update-all",
  title: "Every row of a table is locked",
  severity: "warning",
  effect: {
    consequence: "Writers of any of these rows wait until the transaction ends, and each lock is written to the row.",
  },
  remedy: "Lock only the rows that are changed, in the batch that changes them.",
  source: manual("explicit-locking#LOCKING-ROWS", "Row-Level Locks"),
  detectedBy: "static",
  hazards: ["select-for-update-all"],
  statements: ["SelectStmt"],
  *check(step) {
    if (!("SelectStmt" in step.node)) return;
    const { lockingClause, whereClause, limitCount, fromClause = [] } = step.node.SelectStmt;
    if (!lockingClause || whereClause || limitCount) return;
    for (const source of fromClause) {
      if (!("RangeVar" in source)) continue;
      const { name, fresh } = step.target(source.RangeVar);
      if (fresh) continue;
      yield {
        message: `Every row of ${name} is locked, which keeps its writers waiting until the transaction ends.`,
        help: "Add a condition or a LIMIT, so that only the rows to be changed are locked.",
        relation: name,
      };
    }
  },
};
