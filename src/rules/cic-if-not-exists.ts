import { nameLists, type Node } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { manual, siblingText } from "./words.ts";

export const rule: Rule = {
  id: "cic-if-not-exists",
  title: "IF NOT EXISTS takes an invalid index for a good one",
  severity: "error",
  effect: {
    lock: "SHARE UPDATE EXCLUSIVE",
    consequence:
      "A concurrent build that fails leaves an invalid index of that name. The next run skips the statement with a notice and succeeds, and the index stays unused, and unenforced if it is unique.",
  },
  remedy:
    "Leave IF NOT EXISTS out, or drop the index with CONCURRENTLY and IF EXISTS first: what is left of a failed build then goes before the next.",
  harmless: "An index of the name that the same migration drops before it.",
  source: manual("sql-createindex#SQL-CREATEINDEX-CONCURRENTLY", "CREATE INDEX, Building Indexes Concurrently"),
  detectedBy: "both",
  hazards: ["cic-if-not-exists", "invalid-index-left"],
  statements: ["IndexStmt"],
  *check(step, { steps }) {
    if (!("IndexStmt" in step.node)) return;
    const { relation, concurrent, if_not_exists: conditional, idxname } = step.node.IndexStmt;
    if (!relation || !concurrent || !conditional || idxname === undefined) return;
    if (steps.slice(0, step.index).some(({ node }) => drops(node, idxname))) return;
    const target = step.target(relation);
    const { name } = target;
    const written = step.sql.replace(/\bif\s+not\s+exists\s+/i, "");
    yield {
      message: `If an earlier build of ${idxname} failed, an invalid index of that name is on ${name}: the statement skips it and succeeds, and the index is never used.`,
      help: "Leave IF NOT EXISTS out, and drop what a failed build left before building again:",
      ...(written === step.sql
        ? {}
        : {
            fix: [`DROP INDEX CONCURRENTLY IF EXISTS ${siblingText(target.sql, idxname)}`, written],
          }),
      relation: name,
    };
  },
};

const drops = (node: Node, index: string): boolean =>
  "DropStmt" in node &&
  node.DropStmt.removeType === "OBJECT_INDEX" &&
  nameLists(node.DropStmt.objects).some((name) => name.at(-1) === index);
