import { type RangeVar, walk } from "../sql/syntax.ts";
import { relationName, type SearchPath } from "./names.ts";
import type { Schema } from "./schema.ts";

/** The relations that a query names, without those it defines itself with `WITH`. */
export function relationsRead(schema: Schema, path: SearchPath, query: unknown): readonly string[] {
  const own = new Set<string>();
  const named: RangeVar[] = [];
  for (const node of walk(query)) {
    if ("RangeVar" in node) named.push(node["RangeVar"] as RangeVar);
    if ("CommonTableExpr" in node) own.add((node["CommonTableExpr"] as { ctename?: string }).ctename ?? "");
  }
  return [
    ...new Set(
      named
        .filter(({ schemaname, relname = "" }) => schemaname !== undefined || !own.has(relname))
        .map((relation) => relationName(schema, path, relation)),
    ),
  ];
}
