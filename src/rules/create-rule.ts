import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "create-rule",
  title: "A rule rewrites the application's statements",
  severity: "warning",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "Statements on the table become other statements: RETURNING, row counts and functions with side effects behave in ways that few expect.",
  },
  remedy: "Use a trigger.",
  harmless: "Rules on a table that the same migration creates.",
  source: manual("rules-triggers", "Rules Versus Triggers"),
  detectedBy: "both",
  hazards: ["create-rule"],
  statements: ["RuleStmt"],
  *check(step) {
    if (!("RuleStmt" in step.node) || !step.node.RuleStmt.relation) return;
    const { name, fresh } = step.target(step.node.RuleStmt.relation);
    if (fresh) return;
    yield {
      message: `The rule ${step.node.RuleStmt.rulename} turns statements of the running application on ${name} into others from this moment.`,
      help: "Use a trigger instead.",
      relation: name,
    };
  },
};
