import { indexNamed, tableNamed } from "../schema/schema.ts";
import type { Node } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "redundant-index",
  title: "An index that another one includes",
  severity: "info",
  effect: {
    consequence: "Every write keeps both up to date, and the shorter one answers nothing that the longer one does not.",
  },
  remedy: "Leave the shorter index out, unless it is much smaller and queried all the time.",
  harmless: "Unique and partial indexes, indexes over expressions, and those of another kind than btree.",
  source: manual("indexes-multicolumn", "Multicolumn Indexes"),
  detectedBy: "static",
  hazards: ["redundant-or-wide-index"],
  statements: ["IndexStmt"],
  *check(step) {
    if (!("IndexStmt" in step.node)) return;
    const { relation, idxname, unique, accessMethod = "btree", indexParams = [], whereClause } = step.node.IndexStmt;
    if (!relation || unique || whereClause || accessMethod !== "btree") return;
    const table = step.target(relation).name;
    const others = tableNamed(step.schema, table)?.indexes ?? [];
    const columns = others.length === 0 ? [] : indexParams.flatMap(plainColumn);
    if (columns.length === 0 || columns.length < indexParams.length) return;
    const longer = others
      .map((name) => indexNamed(step.schema, name))
      .find(
        (other) =>
          other &&
          other.method === "btree" &&
          !other.partial &&
          columns.every((column, position) => other.columns[position] === column),
      );
    if (!longer || longer.name === idxname) return;
    yield {
      message: `${longer.name} begins with the same columns (${columns.join(", ")}), so that this index of ${table} answers nothing that the other one does not.`,
      help: "Leave this index out.",
      relation: table,
    };
  },
};

/** The column that an element of an index is, unless it is an expression or in another order than the usual one. */
function plainColumn(element: Node): readonly string[] {
  const { name, opclass, ordering } = "IndexElem" in element ? element.IndexElem : {};
  return name === undefined || opclass || ordering === "SORTBY_DESC" ? [] : [name];
}
