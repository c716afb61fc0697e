import { tableNamed } from "../schema/schema.ts";
import type { Rule } from "./rule.ts";
import { listed, manual } from "./words.ts";

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
  harmless: "Tables of whose triggers the history says nothing.",
  source: manual("trigger-definition", "Overview of Trigger Behavior"),
  detectedBy: "static",
  hazards: ["backfill-fires-triggers"],
  statements: ["UpdateStmt", "DeleteStmt"],
  *check(step) {
    const { node } = step;
    const relation =
      "UpdateStmt" in node ? node.UpdateStmt.relation : "DeleteStmt" in node ? node.DeleteStmt.relation : undefined;
    const target = relation && step.target(relation);
    const triggers = (target && tableNamed(step.schema, target.name)?.triggers) ?? [];
    if (!target || target.fresh || triggers.length === 0) return;
    yield {
      message: `${listed(triggers)} of ${target.name} may run for each row that this changes.`,
      help: "Check what they do to rows that nobody changed.",
      relation: target.name,
    };
  },
};
