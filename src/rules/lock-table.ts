import { blocksQueries } from "../postgres/blocked-by.ts";
import type { Rule } from "./rule.ts";
import { lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "lock-table",
  title: "LOCK TABLE keeps the application waiting until the transaction ends",
  severity: "warning",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence: "Without a mode it is the strongest there is. Nothing releases it before the end of the transaction.",
  },
  remedy:
    "Leave it out: every statement takes the lock that it needs. Where two tables must be locked in one order, name the weakest mode that serves, and set lock_timeout.",
  source: manual("sql-lock", "LOCK"),
  detectedBy: "both",
  hazards: ["lock-table-explicit"],
  statements: ["LockStmt"],
  *check(step) {
    if (!("LockStmt" in step.node)) return;
    for (const relation of step.node.LockStmt.relations ?? []) {
      if (!("RangeVar" in relation)) continue;
      const { name, fresh } = step.target(relation.RangeVar);
      const mode = step.effects.locks.get(name);
      if (fresh || mode === undefined || !blocksQueries(mode)) continue;
      yield {
        message: `LOCK TABLE holds ${lockOn(step, name)} until the transaction ends.`,
        help: "Remove the statement, or name a weaker mode, for example IN SHARE UPDATE EXCLUSIVE MODE.",
        relation: name,
      };
    }
  },
};
