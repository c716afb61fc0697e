import type { Rule } from "./rule.ts";
import { lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "refresh-matview",
  title: "REFRESH MATERIALIZED VIEW blocks its readers",
  severity: "warning",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    rewrite: true,
    consequence: "Nobody can read the view until its query is done.",
  },
  remedy: "Refresh with CONCURRENTLY, which needs a unique index on the view and lets readers go on.",
  harmless: "A view that the same migration creates.",
  source: manual("sql-refreshmaterializedview", "REFRESH MATERIALIZED VIEW"),
  detectedBy: "both",
  hazards: ["refresh-matview"],
  statements: ["RefreshMatViewStmt"],
  *check(step) {
    if (!("RefreshMatViewStmt" in step.node)) return;
    const { relation, concurrent, skipData } = step.node.RefreshMatViewStmt;
    if (!relation || concurrent || skipData) return;
    const { name, fresh } = step.target(relation);
    if (fresh) return;
    const written = step.sql.replace(/^(refresh\s+materialized\s+view)\b/i, "$1 CONCURRENTLY");
    yield {
      message: `REFRESH holds ${lockOn(step, name)} until its query is done.`,
      help: "Refresh with CONCURRENTLY, for which the view needs a unique index:",
      ...(written === step.sql ? {} : { fix: [written] }),
      relation: name,
    };
  },
};
