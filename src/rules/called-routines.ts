import { objectNameOf, type SearchPath } from "../schema/names.ts";
import { emptySchema, type Routine, type Schema } from "../schema/schema.ts";
import { isQuery, nameParts, type Node, nodesOf } from "../sql/syntax.ts";

/** The routines of the history that a query or a `CALL` runs by their names, each once. */
export function calledRoutines(node: Node, schema: Schema, searchPath: SearchPath): readonly Routine[] {
  // Most histories make no routine, and have large queries all the same.
  if (schema.routines === emptySchema.routines || !("CallStmt" in node || isQuery(node))) return none;
  let names = known.get(node);
  if (!names) known.set(node, (names = [...callsIn(node)]));
  const routines = names.flatMap(
    (parts) => schema.routines.get(objectNameOf(schema.routines, searchPath, parts)) ?? [],
  );
  return routines.length === 0 ? none : [...new Set(routines)];
}

const none: readonly Routine[] = [];
/** The walk and a rule ask for one statement. */
const known = new WeakMap<Node, readonly (readonly string[])[]>();

function* callsIn(node: Node): Generator<readonly string[]> {
  for (const inner of nodesOf(node)) {
    const call = inner["FuncCall"] ?? inner["funccall"];
    if (call !== undefined) yield nameParts((call as { funcname?: Node[] }).funcname);
  }
}
