import { isOptionOn } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "security-definer-search-path",
  title: "A SECURITY DEFINER function trusts its caller's search_path",
  severity: "warning",
  effect: {
    consequence:
      "A caller who puts a schema of their own in front makes the function run their objects with its owner's rights.",
  },
  remedy:
    "Set search_path in the definition: SET search_path = pg_catalog, followed by the schemas that only trusted roles can write to.",
  source: manual("sql-createfunction#SQL-CREATEFUNCTION-SECURITY", "Writing SECURITY DEFINER Functions Safely"),
  detectedBy: "static",
  hazards: ["security-definer-search-path"],
  statements: ["CreateFunctionStmt"],
  *check(step) {
    if (!("CreateFunctionStmt" in step.node)) return;
    const { options = [], sql_body: body } = step.node.CreateFunctionStmt;
    // A body in BEGIN ATOMIC is bound to its objects when it is created.
    if (!isOptionOn(options, "security") || body) return;
    const sets = options.some(
      (option) =>
        "DefElem" in option &&
        option.DefElem.defname === "set" &&
        option.DefElem.arg &&
        "VariableSetStmt" in option.DefElem.arg &&
        option.DefElem.arg.VariableSetStmt.name === "search_path",
    );
    if (sets) return;
    yield {
      message:
        "The function runs with its owner's rights and finds its objects by the caller's search_path, which a caller can point at objects of their own.",
      help: "Add SET search_path = pg_catalog, and the schemas it needs, to the definition.",
    };
  },
};
