import { objectNameOf } from "../schema/names.ts";
import { nameParts } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "function-overload",
  title: "CREATE OR REPLACE that replaces nothing",
  severity: "warning",
  effect: {
    consequence:
      "With other parameters it makes a second function beside the first; a call that fits both is refused as not unique.",
  },
  remedy:
    "Drop the old function when no code calls it any more, in a later migration; give the new one another name until then.",
  harmless: "A function with as many parameters as before, and one that the same migration drops.",
  source: manual("xfunc-overload", "Function Overloading"),
  detectedBy: "static",
  hazards: ["function-signature-change"],
  statements: ["CreateFunctionStmt"],
  *check(step, { steps }) {
    if (!("CreateFunctionStmt" in step.node) || !step.node.CreateFunctionStmt.replace) return;
    const name = objectNameOf(step.schema.routines, step.searchPath, nameParts(step.node.CreateFunctionStmt.funcname));
    const old = step.schema.routines.get(name);
    const now = step.after.schema.routines.get(name);
    if (!old || !now || old.parameters.all === now.parameters.all) return;
    const isDropped = steps.some(
      ({ node }) => "DropStmt" in node && /FUNCTION|PROCEDURE|ROUTINE/.test(node.DropStmt.removeType ?? ""),
    );
    if (isDropped) return;
    yield {
      message: `${name} had ${counted(old.parameters.all)}, and this has ${counted(now.parameters.all)}: both exist from now on, and a call that fits both is refused as not unique.`,
      help: "Drop the old function in this migration if nothing calls it; give the new one another name if something does.",
      relation: name,
    };
  },
};

const counted = (count: number): string => `${count} ${count === 1 ? "parameter" : "parameters"}`;
