import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "drop-database",
  title: "A migration drops a database",
  severity: "error",
  effect: { consequence: "It cannot be undone, and a migration has no business with another database than its own." },
  remedy: "Take the statement out of the migrations; remove databases by hand, after a backup.",
  source: manual("sql-dropdatabase", "DROP DATABASE"),
  detectedBy: "static",
  hazards: ["drop-database"],
  statements: ["DropdbStmt"],
  *check(step) {
    if (!("DropdbStmt" in step.node)) return;
    yield {
      message: `The database ${step.node.DropdbStmt.dbname} is dropped with everything in it, and nothing brings it back.`,
      help: "Remove the statement from the migration.",
    };
  },
};
