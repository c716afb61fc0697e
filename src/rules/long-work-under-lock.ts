import { blocksQueries } from "../postgres/blocked-by.ts";
import { relationsRead } from "../schema/relations-read.ts";
import type { Rule, Step } from "./rule.ts";
import { beginning, lockPhrase, manual } from "./words.ts";

export const rule: Rule = {
  id: "long-work-under-lock",
  title: "Rows are changed, or an index is built, while a lock is held",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "A lock that would have been short is kept until the last row is done, because only the end of the transaction releases it.",
  },
  remedy:
    "Split the migration: the change of the schema in one, the change of the rows in another that commits in batches.",
  harmless: "Rows of tables that nobody else can see yet, and INSERT … VALUES.",
  source: manual("explicit-locking#LOCKING-TABLES", "Table-Level Locks"),
  detectedBy: "both",
  hazards: ["ddl-and-backfill-same-tx", "more-statements-after-ael"],
  statements: ["UpdateStmt", "DeleteStmt", "MergeStmt", "InsertStmt"],
  *check(step) {
    if (!step.transaction) return;
    const what = longWork(step);
    if (what === undefined) return;
    const own = step.transaction.held.get(what.relation);
    const held =
      step.transaction.blocking.find(({ mode }) => mode === "ACCESS EXCLUSIVE") ??
      (own && blocksQueries(own.mode) ? own : undefined);
    if (!held) return;
    yield {
      message: `${what.name} runs while the transaction holds ${lockPhrase(held.mode, held.relation)} since ${beginning(held.sql)}: it is released only when the transaction ends.`,
      help: `Move this statement to a migration of its own${what.name === "UPDATE" || what.name === "DELETE" ? ", in batches that commit" : ""}.`,
      relation: held.relation,
    };
  },
};

function longWork(step: Step): { readonly name: string; readonly relation: string } | undefined {
  const { node } = step;
  const old = (relation: Parameters<Step["target"]>[0] | undefined, name: string) => {
    const target = relation && step.target(relation);
    return target && !target.fresh ? { name, relation: target.name } : undefined;
  };
  if ("UpdateStmt" in node) return old(node.UpdateStmt.relation, "UPDATE");
  if ("DeleteStmt" in node) return old(node.DeleteStmt.relation, "DELETE");
  if ("MergeStmt" in node) return old(node.MergeStmt.relation, "MERGE");
  // A concurrent build is refused here anyway, and an index alone is the affair of `create-index-blocking`.
  if ("InsertStmt" in node) {
    const query = node.InsertStmt.selectStmt;
    const read =
      query && "SelectStmt" in query && !query.SelectStmt.valuesLists
        ? relationsRead(step.schema, step.searchPath, query)
        : [];
    const source = read.find((name) => !step.isFresh(name));
    return source === undefined ? undefined : { name: "INSERT … SELECT", relation: source };
  }
  return undefined;
}
