import type { BodyOf, Node, RangeVar } from "../sql/syntax.ts";
import { definitionsOf, readWhole, sourcesRead } from "../sql/read-whole.ts";
import type { Rule } from "./rule.ts";
import { listed } from "../prose.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "insert-select-copy",
  title: "All rows of a table are copied in one transaction",
  severity: "warning",
  effect: {
    consequence:
      "The transaction is as long as the copy: autovacuum removes nothing that died since it began, in any table, and replicas get all of it at once.",
  },
  remedy: "Copy the rows in batches by primary key that commit, in a job of its own.",
  harmless:
    "A query with a condition or a limit, also where that stands in a WITH, one that counts or sums up, and one that reads a table that the same migration creates.",
  source: manual("routine-vacuuming#VACUUM-FOR-SPACE-RECOVERY", "Recovering Disk Space"),
  detectedBy: "static",
  hazards: ["insert-select-copy"],
  statements: ["InsertStmt", "MergeStmt"],
  *check(step) {
    const copy = copyBy(step.node);
    if (!copy) return;
    const sources = copy.from.map((relation) => step.target(relation));
    const read = [...new Set(sources.map(({ name }) => name).filter((name) => !isOfServer(name)))];
    // What the migration itself made chooses the rows that are joined with it.
    if (read.length === 0 || sources.some(({ fresh }) => fresh)) return;
    yield {
      message: `What is selected from ${listed(read)}, under no condition, is copied in one transaction.`,
      help: "Copy the rows in batches by primary key that commit, in a job of its own.",
      relation: step.target(copy.into).name,
    };
  },
};

/** What a statement copies whole, and into what. */
function copyBy(node: Node): { readonly from: readonly RangeVar[]; readonly into: RangeVar } | undefined {
  if ("InsertStmt" in node) {
    const { relation, selectStmt, withClause } = node.InsertStmt;
    const from = readWhole(selectStmt, definitionsOf(withClause));
    return relation && from && { from, into: relation };
  }
  if (!("MergeStmt" in node)) return undefined;
  const { relation, sourceRelation, withClause, mergeWhenClauses = [] } = node.MergeStmt;
  // What changes rows as well is the matter of another rule.
  if (!relation || !sourceRelation || !mergeWhenClauses.every(isInsert)) return undefined;
  const from = sourcesRead([sourceRelation], definitionsOf(withClause));
  return from && { from, into: relation };
}

const isInsert = (node: Node): boolean => {
  const { commandType, condition }: Partial<BodyOf<"MergeWhenClause">> =
    "MergeWhenClause" in node ? node.MergeWhenClause : {};
  return commandType === "CMD_NOTHING" || (commandType === "CMD_INSERT" && !condition);
};

/** What the server keeps about itself is small. */
const isOfServer = (name: string): boolean => /^(?:pg_catalog|information_schema)\.|\.pg_/.test(name);
