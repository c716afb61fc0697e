import { indexNamed, tableNamed } from "../schema/schema.ts";
import { indexOf } from "../schema/apply/index-of.ts";
import { placeIn } from "../schema/session.ts";
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
    const { unique, accessMethod = "btree", indexParams = [] } = step.node.IndexStmt;
    const index = indexOf(step.schema, step.node.IndexStmt, placeIn(step.before));
    const plain = indexParams.every(
      (element) =>
        "IndexElem" in element &&
        element.IndexElem.name !== undefined &&
        !element.IndexElem.opclass &&
        element.IndexElem.ordering !== "SORTBY_DESC",
    );
    if (!index || unique || index.partial || !plain || accessMethod !== "btree") return;
    const longer = (tableNamed(step.schema, index.table)?.indexes ?? [])
      .map((name) => indexNamed(step.schema, name))
      .find(
        (other) =>
          other &&
          other.method === "btree" &&
          !other.partial &&
          index.columns.every((column, position) => other.columns[position] === column),
      );
    if (!longer || longer.name === index.name) return;
    yield {
      message: `${longer.name} begins with the same columns (${index.columns.join(", ")}), so that this index of ${index.table} answers nothing that the other one does not.`,
      help: "Leave this index out.",
      relation: index.table,
    };
  },
};
