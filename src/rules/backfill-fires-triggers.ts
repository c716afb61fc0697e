import { tableNamed } from "../schema/schema.ts";
import type { Node } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { listed } from "../prose.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "backfill-fires-triggers",
  title: "A change of rows fires triggers",
  severity: "info",
  effect: {
    consequence:
      "For each row: what they write, send or stamp happens for every old row too, as if somebody had just changed it.",
  },
  remedy:
    "Look at what the triggers do. Where they must not, give them a condition that leaves such a change out, instead of switching them off for everybody.",
  harmless:
    "Triggers for other events or columns, those that run once for a statement, and tables of whose triggers the history says nothing.",
  source: manual("trigger-definition", "Overview of Trigger Behavior"),
  detectedBy: "static",
  hazards: ["backfill-fires-triggers"],
  statements: ["UpdateStmt", "DeleteStmt"],
  *check(step) {
    const { node } = step;
    const statement = "UpdateStmt" in node ? node.UpdateStmt : "DeleteStmt" in node ? node.DeleteStmt : undefined;
    const target = statement?.relation && step.target(statement.relation);
    if (!target || target.fresh) return;
    const event = "UpdateStmt" in node ? "update" : "delete";
    const set = "UpdateStmt" in node ? targetNames(node.UpdateStmt.targetList) : [];
    const triggers = (tableNamed(step.schema, target.name)?.triggers ?? []).filter(
      ({ forEachRow, events, columns }) =>
        forEachRow &&
        events.includes(event) &&
        (columns.length === 0 || columns.some((column) => set.includes(column))),
    );
    if (triggers.length === 0) return;
    yield {
      message: `${listed(triggers.map(({ name }) => name))} of ${target.name} may run for each row that this changes.`,
      help: "Check what they do to rows that nobody changed.",
      relation: target.name,
    };
  },
};

/** The columns that an UPDATE sets. */
const targetNames = (targets: readonly Node[] = []): readonly string[] =>
  targets.flatMap((each) => ("ResTarget" in each ? (each.ResTarget.name ?? []) : []));
