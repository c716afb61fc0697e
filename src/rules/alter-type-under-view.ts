import { qualified, type View } from "../schema/schema.ts";
import { tableCommands } from "./alter-table.ts";
import type { Rule, Step } from "./rule.ts";
import { listed } from "../prose.ts";
import { fewNamed, manual } from "./words.ts";

export const rule: Rule = {
  id: "alter-type-under-view",
  title: "PostgreSQL refuses another type for a column that a view shows",
  severity: "error",
  effect: { consequence: "The migration fails: a column's type cannot be changed while a view uses the column." },
  remedy:
    "Drop the views and make them again in the transaction that changes the type, with their grants; or add a column of the new type.",
  harmless: "A view that reads other tables too, where the text alone does not tell whose column it shows.",
  source: manual("rules-views", "Views and the Rule System"),
  detectedBy: "both",
  hazards: ["alter-type-blocked-by-view"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AlterColumnType"],
  *check(step) {
    if (!("AlterTableStmt" in step.node)) return;
    for (const { command, target } of tableCommands(step, "AT_AlterColumnType")) {
      const views = viewsShowing(step, target.name, command.name ?? "");
      if (views.length === 0) continue;
      yield {
        message: `PostgreSQL refuses to change the type of ${command.name} of ${target.name} while ${listed(views, fewNamed)} uses it.`,
        help: "Drop the view before and make it again after, in the same transaction, with its grants.",
        relation: target.name,
        sqlState: "0A000",
      };
    }
  },
};

/** The views that read that table alone, and show or use the column. */
const viewsShowing = ({ schema }: Step, table: string, column: string): readonly string[] =>
  schema.relations
    .values()
    .filter((relation): relation is View => relation.kind === "view" || relation.kind === "materialized view")
    .filter(({ reads, mentions }) => reads.length === 1 && reads[0] === table && mentions.includes(column))
    .map((view) => qualified(view.schema, view.name));
