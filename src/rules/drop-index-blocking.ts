import { knowsMissing } from "../schema/place.ts";
import { identifierText } from "../sql/identifier-text.ts";
import { indexNamed } from "../schema/schema.ts";
import { relationNameOf } from "../schema/names.ts";
import { nameLists } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { isPartitioned, lockPhrase, manual } from "./words.ts";

export const rule: Rule = {
  id: "drop-index-blocking",
  title: "Dropping an index blocks reads and writes",
  severity: "warning",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "The lock is short once it is granted, but while it waits behind one open transaction every query of the table waits behind it.",
  },
  remedy: "Drop the index with CONCURRENTLY, alone and outside a transaction.",
  harmless:
    "An index of a table that the same migration creates, and one of a partitioned table, for which CONCURRENTLY is refused.",
  source: manual("sql-dropindex", "DROP INDEX"),
  detectedBy: "both",
  hazards: ["drop-index-blocking"],
  saysWaiting: true,
  statements: ["DropStmt"],
  *check(step) {
    if (!("DropStmt" in step.node)) return;
    const { removeType, concurrent, objects, behavior, missing_ok } = step.node.DropStmt;
    if (removeType !== "OBJECT_INDEX" || concurrent || behavior === "DROP_CASCADE") return;
    for (const parts of nameLists(objects)) {
      const name = relationNameOf(step.schema, step.searchPath, parts);
      const index = indexNamed(step.schema, name);
      if (missing_ok && knowsMissing(step.before) && !index) continue;
      if (
        step.isFresh(name) ||
        (index && (step.isFresh(index.table) || isPartitioned(step, index.table) || index.ofConstraint))
      )
        continue;
      const alone = (objects ?? []).length === 1;
      // Of several, CONCURRENTLY takes one at a time.
      const written = alone
        ? step.sql.replace(/^drop\s+index\b/i, "$& CONCURRENTLY")
        : `DROP INDEX CONCURRENTLY ${missing_ok ? "IF EXISTS " : ""}${parts.map(identifierText).join(".")}`;
      yield {
        message: `DROP INDEX takes ${lockPhrase("ACCESS EXCLUSIVE", index?.table ?? `the table of ${name}`)} and keeps every query waiting until it gets it.`,
        help: "Drop the index with CONCURRENTLY, in a migration of its own that runs outside a transaction:",
        ...(written === step.sql ? {} : { fix: [written] }),
        relation: index?.table ?? name,
      };
    }
  },
};
