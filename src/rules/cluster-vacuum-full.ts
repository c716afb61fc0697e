import { isOptionOn } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { lockPhrase, manual } from "./words.ts";

export const rule: Rule = {
  id: "cluster-vacuum-full",
  title: "CLUSTER and VACUUM FULL rewrite the table under a lock",
  severity: "error",
  effect: {
    rewrite: true,
    consequence:
      "The table and all its indexes are written again under an ACCESS EXCLUSIVE lock, while nobody can read or write it.",
  },
  remedy: "Let plain VACUUM reuse the space, or use an extension that repacks a table while it is in use.",
  source: manual("sql-vacuum", "VACUUM, FULL"),
  detectedBy: "both",
  hazards: ["cluster-vacuum-full"],
  statements: ["ClusterStmt", "VacuumStmt"],
  *check(step) {
    const what =
      "ClusterStmt" in step.node
        ? "CLUSTER"
        : "VacuumStmt" in step.node &&
            step.node.VacuumStmt.is_vacuumcmd &&
            isOptionOn(step.node.VacuumStmt.options, "full")
          ? "VACUUM FULL"
          : undefined;
    if (what === undefined) return;
    const tables = [...step.effects.rewrites].filter((name) => !step.isFresh(name));
    for (const name of tables)
      yield {
        message: `${what} writes all of ${name} again, holding ${lockPhrase("ACCESS EXCLUSIVE", name)} until it is done.`,
        help: "Use plain VACUUM, or repack the table with an extension that keeps it usable.",
        relation: name,
      };
    if (tables.length === 0 && step.effects.rewrites.size === 0)
      yield {
        message: `${what} writes one table after the other again, holding an ACCESS EXCLUSIVE lock on each, which blocks reads and writes, until it is done.`,
        help: "Name the table that needs it, and use plain VACUUM or an extension that keeps it usable.",
      };
  },
};
