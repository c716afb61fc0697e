import type { Rule } from "./rule.ts";
import { beginning, isPartitioned, lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "create-index-blocking",
  title: "Building an index blocks writes",
  severity: "error",
  effect: {
    lock: "SHARE",
    scan: true,
    consequence: "INSERT, UPDATE and DELETE on the table wait until the index is built.",
  },
  remedy:
    "Build the index with CONCURRENTLY, alone and outside a transaction. It takes longer and waits for transactions that are open, but blocks neither reads nor writes. When it fails it leaves an invalid index behind: drop that and build again.",
  harmless: "An index on a table that the same migration creates.",
  source: manual("sql-createindex#SQL-CREATEINDEX-CONCURRENTLY", "CREATE INDEX, Building Indexes Concurrently"),
  detectedBy: "both",
  hazards: ["create-index-blocking", "create-index-in-ael-txn"],
  statements: ["IndexStmt"],
  *check(step) {
    if (!("IndexStmt" in step.node)) return;
    const { relation, concurrent } = step.node.IndexStmt;
    // One that is there, which IF NOT EXISTS passes over, changes nothing.
    if (!relation || concurrent || step.schema === step.after.schema) return;
    const { name, fresh } = step.target(relation);
    if (fresh || isPartitioned(step, name)) return;
    const held = step.transaction?.held.get(name);
    // With CONCURRENTLY an index of that name may be there and invalid.
    const written = step.sql.replace(
      /^(create\s+(?:unique\s+)?index)\b(?:\s+if\s+not\s+exists\b)?/i,
      "$1 CONCURRENTLY",
    );
    yield {
      message: `CREATE INDEX holds ${lockOn(step, name)} until the index is built.${
        held?.mode === "ACCESS EXCLUSIVE"
          ? ` Reads wait as well: the transaction holds an ACCESS EXCLUSIVE lock on it since ${beginning(held.sql)}.`
          : ""
      }`,
      help: "Build the index with CONCURRENTLY, in a migration of its own that runs outside a transaction:",
      ...(written === step.sql ? {} : { fix: [written] }),
      relation: name,
    };
  },
};
