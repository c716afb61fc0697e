import { objectNameOf } from "../schema/names.ts";
import { isOptionOn, nameParts, type Node } from "../sql/syntax.ts";
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
  statements: ["CreateFunctionStmt", "AlterFunctionStmt"],
  *check(step) {
    const { options = [], sql_body: body } = "CreateFunctionStmt" in step.node ? step.node.CreateFunctionStmt : {};
    const { func, actions = [] } = "AlterFunctionStmt" in step.node ? step.node.AlterFunctionStmt : {};
    // A body in BEGIN ATOMIC is bound to its objects when it is created.
    if (!isOptionOn([...options, ...actions], "security") || body) return;
    const parts = nameParts(func?.objname);
    const known = step.schema.routines.get(objectNameOf(step.schema.routines, step.searchPath, parts));
    if ([...options, ...actions].some(setsSearchPath) || known?.settings["search_path"] !== undefined) return;
    yield {
      message:
        "The function runs with its owner's rights and finds its objects by the caller's search_path, which a caller can point at objects of their own.",
      help: "Add SET search_path = pg_catalog, and the schemas it needs, to the definition.",
    };
  },
};

const setsSearchPath = (option: Node): boolean =>
  "DefElem" in option &&
  option.DefElem.defname === "set" &&
  option.DefElem.arg !== undefined &&
  "VariableSetStmt" in option.DefElem.arg &&
  option.DefElem.arg.VariableSetStmt.name === "search_path";
