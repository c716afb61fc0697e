import { objectNameOf } from "../schema/names.ts";
import { qualified } from "../schema/schema.ts";
import { nameParts, type Node, optionValue, walk } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { listed } from "../prose.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "function-under-index",
  title: "A function changes that an index or a check relies on",
  severity: "warning",
  effect: {
    consequence:
      "What the index and the check hold was computed by the old body, and nothing computes it again: queries by the index miss rows from now on.",
  },
  remedy: "Make a function of another name, build the index over that one, and drop the old pair.",
  harmless: "Functions that no index and no check of the history calls.",
  source: manual("sql-createfunction", "CREATE FUNCTION"),
  detectedBy: "static",
  hazards: ["function-volatility-or-body-change"],
  statements: ["CreateFunctionStmt", "AlterFunctionStmt"],
  *check(step) {
    const changed = changedRoutine(step.node);
    if (changed === undefined) return;
    const name = objectNameOf(step.schema.routines, step.searchPath, changed.parts);
    const routine = step.schema.routines.get(name);
    if (!routine || (changed.body !== undefined && changed.body === routine.body)) return;
    const users = step.schema.relations.values().flatMap((relation) => {
      if (relation.kind === "index" && relation.calls.includes(routine.name) && !step.isFresh(relation.table))
        return [`index ${relation.name}`];
      if (relation.kind !== "table" || step.isFresh(qualified(relation.schema, relation.name))) return [];
      return relation.constraints.flatMap(({ kind, expression, name: check }) =>
        kind === "check" && calls(expression, routine.name) ? [`check ${check}`] : [],
      );
    });
    if (users.length === 0) return;
    yield {
      message: `The ${listed(users)} ${users.length > 1 ? "were" : "was"} computed by what ${name} did before, and nothing computes that again.`,
      help: "Make a function of another name and build the index over that; or REINDEX CONCURRENTLY, and check the rows, at once afterwards.",
      relation: name,
    };
  },
};

/** The routine whose body or volatility a statement changes. */
function changedRoutine(node: Node): { readonly parts: readonly string[]; readonly body?: string } | undefined {
  if ("CreateFunctionStmt" in node && node.CreateFunctionStmt.replace)
    return {
      parts: nameParts(node.CreateFunctionStmt.funcname),
      body: optionValue(node.CreateFunctionStmt.options, "as") ?? "",
    };
  if ("AlterFunctionStmt" in node && optionValue(node.AlterFunctionStmt.actions, "volatility") !== undefined)
    return { parts: nameParts(node.AlterFunctionStmt.func?.objname) };
  return undefined;
}

function calls(expression: Node | undefined, name: string): boolean {
  for (const node of walk(expression))
    if (nameParts((node["FuncCall"] as { funcname?: Node[] } | undefined)?.funcname).at(-1) === name) return true;
  return false;
}
