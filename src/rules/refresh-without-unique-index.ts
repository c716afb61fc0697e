import { indexNamed, type Index } from "../schema/schema.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "refresh-without-unique-index",
  title: "PostgreSQL refuses to refresh this view concurrently",
  severity: "error",
  effect: {
    consequence: "The migration fails, and so does every later refresh of the application that is written like it.",
  },
  remedy:
    "Make a unique index on the view first, over columns and not expressions, and without a condition: it is how PostgreSQL tells which rows changed.",
  harmless: "A view that the history does not create: its indexes are not known.",
  source: manual("sql-refreshmaterializedview", "REFRESH MATERIALIZED VIEW"),
  detectedBy: "static",
  hazards: ["refresh-matview"],
  statements: ["RefreshMatViewStmt"],
  *check(step) {
    if (!("RefreshMatViewStmt" in step.node)) return;
    const { relation, concurrent } = step.node.RefreshMatViewStmt;
    if (!relation || !concurrent) return;
    const { name } = step.target(relation);
    const view = step.schema.relations.get(name);
    if (view?.kind !== "materialized view") return;
    if (view.indexes.some((index) => tellsRowsApart(indexNamed(step.schema, index)))) return;
    yield {
      message: `${name} has no unique index over columns alone and without a condition, so PostgreSQL refuses to refresh it with CONCURRENTLY.`,
      help: "Create a unique index on the view before it, over the columns that tell its rows apart.",
      relation: name,
      sqlState: "55000",
    };
  },
};

const tellsRowsApart = (index: Index | undefined): boolean =>
  index !== undefined && index.unique && !index.partial && index.columns.every((column) => column !== undefined);
