import type { Node } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { listed } from "../prose.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "duplicate-column-assignment",
  title: "PostgreSQL refuses to set one column twice",
  severity: "error",
  effect: { consequence: "The migration fails: a statement can give each column one value." },
  remedy: "Leave one of the assignments out.",
  harmless: "Several elements of one array, or fields of one composite value.",
  source: manual("sql-update", "UPDATE, Parameters"),
  detectedBy: "both",
  hazards: ["duplicate-column-assignment"],
  statements: ["UpdateStmt", "InsertStmt"],
  *check({ node, target }) {
    const statement = "UpdateStmt" in node ? node.UpdateStmt : "InsertStmt" in node ? node.InsertStmt : undefined;
    if (!statement?.relation) return;
    const targets =
      "UpdateStmt" in node ? node.UpdateStmt.targetList : "InsertStmt" in node ? node.InsertStmt.cols : [];
    const twice = repeated(targets);
    if (twice.length === 0) return;
    const { name } = target(statement.relation);
    yield {
      message: `PostgreSQL refuses this: it gives ${listed(twice)} of ${name} a value twice.`,
      help: "Leave one of the assignments out.",
      relation: name,
      sqlState: "UpdateStmt" in node ? "42601" : "42701",
    };
  },
};

/** The whole columns that are named more than once. */
function repeated(targets: readonly Node[] = []): readonly string[] {
  const names = targets.flatMap((each) =>
    "ResTarget" in each && !each.ResTarget.indirection ? (each.ResTarget.name ?? []) : [],
  );
  return [...new Set(names.filter((name, index) => names.indexOf(name) < index))];
}
