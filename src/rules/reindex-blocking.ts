import { indexNamed } from "../schema/schema.ts";
import { isOptionOn } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "reindex-blocking",
  title: "REINDEX blocks reads and writes",
  severity: "error",
  effect: {
    lock: "SHARE",
    scan: true,
    consequence:
      "Each index is locked in ACCESS EXCLUSIVE mode while it is built. The planner looks at every index of a table, so SELECTs wait too.",
  },
  remedy: "Reindex with CONCURRENTLY, outside a transaction.",
  source: manual("sql-reindex#SQL-REINDEX-CONCURRENTLY", "REINDEX, Rebuilding Indexes Concurrently"),
  detectedBy: "both",
  hazards: ["reindex-blocking"],
  statements: ["ReindexStmt"],
  *check(step) {
    if (!("ReindexStmt" in step.node)) return;
    const { kind, relation, params } = step.node.ReindexStmt;
    if (isOptionOn(params, "concurrently") || kind === "REINDEX_OBJECT_SYSTEM") return;
    const target = relation && step.target(relation);
    if (target?.fresh) return;
    const table =
      target &&
      (indexNamed(step.schema, target.name)?.table ?? (kind === "REINDEX_OBJECT_INDEX" ? undefined : target.name));
    const written = step.sql.replace(
      /^(reindex\s+(?:\([^)]*\)\s*)?(?:index|table|schema|database))\b/i,
      "$1 CONCURRENTLY",
    );
    yield {
      message: `REINDEX blocks writes to ${table ?? target?.name ?? "every table there"} with a SHARE lock, and reads with an ACCESS EXCLUSIVE lock on each index, until the index is built.`,
      help: "Reindex with CONCURRENTLY, in a migration of its own that runs outside a transaction:",
      ...(written === step.sql ? {} : { fix: [written] }),
      ...(table === undefined ? {} : { relation: table }),
    };
  },
};
