import { objectNameOf, type SearchPath } from "../schema/names.ts";
import type { Schema } from "../schema/schema.ts";
import { doBlock } from "../sql/do-block.ts";
import { nameParts, type Node, walk } from "../sql/syntax.ts";
import type { Rule, Step } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "dynamic-sql",
  title: "What this runs cannot be read from the text",
  severity: "warning",
  effect: {
    consequence: "The SQL inside is made when it runs, so nothing here says which locks it takes and what it changes.",
  },
  remedy: "Write the statements out where that is possible; otherwise let `headgate check` replay them.",
  harmless:
    "Statements that stand in a DO block as they are, and those that EXECUTE gets as a constant: they are judged like any other. In `headgate check` a block that the server was asked about is judged by what it did.",
  source: manual("plpgsql-statements#PLPGSQL-STATEMENTS-EXECUTING-DYN", "Executing Dynamic Commands"),
  detectedBy: "both",
  hazards: ["dynamic-sql-opaque"],
  statements: ["CallStmt", "DoStmt", "SelectStmt"],
  *check(step) {
    if (!isOpaque(step)) return;
    yield {
      message:
        "CallStmt" in step.node || "SelectStmt" in step.node
          ? "What the routine that this calls does cannot be judged from the text."
          : "This block puts SQL together and runs it; what that is cannot be judged from the text.",
      help: "Write the statements out, or rely on `headgate check`, which sees what really runs.",
    };
  },
};

/** Whether a statement runs SQL that is not in its text. */
export function isOpaque({ node, sql, inner, schema, searchPath }: Step): boolean {
  // What a block calls is said of the block.
  if (inner) return false;
  if ("CallStmt" in node) return true;
  if ("DoStmt" in node) return doBlock(node.DoStmt, sql).opaque;
  return "SelectStmt" in node && callsChangingRoutine(node, schema, searchPath);
}

/** Whether a query calls a function of the history whose body changes the schema or puts statements together. */
function callsChangingRoutine(node: Node, schema: Schema, searchPath: SearchPath): boolean {
  for (const inner of walk(node)) {
    const call = inner["FuncCall"] as { funcname?: Node[] } | undefined;
    if (!call) continue;
    const routine = schema.routines.get(objectNameOf(schema.routines, searchPath, nameParts(call.funcname)));
    const words = routine?.body.replaceAll(/--[^\n]*|\/\*[^]*?\*\/|'(?:[^']|'')*'/g, " ") ?? "";
    if (/\b(?:execute|alter|create|drop|truncate|reindex|cluster|refresh)\b/i.test(words)) return true;
  }
  return false;
}
