import { steadyFunctions, volatileFunctions } from "../postgres/built-in-functions.ts";
import { onlyStatement } from "../sql/parser.ts";
import { nameParts, type Node, walk } from "../sql/syntax.ts";
import { objectNameOf, type SearchPath } from "./names.ts";
import type { Schema } from "./schema.ts";

/** Whether an expression gives the same value for every row of one statement. */
export type Volatility =
  | { readonly kind: "steady" }
  /** `function` is what makes it volatile. */
  | { readonly kind: "volatile"; readonly function: string }
  /** It calls a function that no statement read so far creates; functions are volatile unless they are declared otherwise. */
  | { readonly kind: "unknown"; readonly function: string };

/** Volatile functions of extensions that come with PostgreSQL. */
const extensionFunctions = new Set([
  "uuid_generate_v1",
  "uuid_generate_v1mc",
  "uuid_generate_v4",
  "gen_random_bytes",
  "gen_salt",
]);
/** Constant functions of those. */
const steadyExtensionFunctions = new Set([
  "uuid_nil",
  "uuid_ns_dns",
  "uuid_ns_url",
  "uuid_ns_oid",
  "uuid_ns_x500",
  "uuid_generate_v3",
  "uuid_generate_v5",
]);

/** How volatile an expression is, after the simplification that PostgreSQL does first. */
export function volatilityOf(expression: Node | undefined, schema: Schema, path: SearchPath, depth = 0): Volatility {
  let unknown: string | undefined;
  for (const node of walk(expression)) {
    const call = node["FuncCall"] as { funcname?: Node[] } | undefined;
    if (!call) continue;
    const parts = nameParts(call.funcname);
    const name = parts.at(-1) ?? "";
    const routine = schema.routines.get(objectNameOf(schema.routines, path, parts));
    if (routine && parts.at(-2) !== "pg_catalog") {
      if (
        routine.volatility === "volatile" &&
        !(depth < 8 && inlines(routine.language, routine.body, schema, path, depth))
      )
        return { kind: "volatile", function: name };
    } else if (volatileFunctions.has(name) || extensionFunctions.has(name)) return { kind: "volatile", function: name };
    else if (!steadyFunctions.has(name) && !steadyExtensionFunctions.has(name)) unknown ??= name;
  }
  return unknown === undefined ? { kind: "steady" } : { kind: "unknown", function: unknown };
}

/** PostgreSQL replaces a call of an SQL function that is one `SELECT expression` by the expression, and looks at that. */
function inlines(language: string, body: string, schema: Schema, path: SearchPath, depth: number): boolean {
  if (language.toLowerCase() !== "sql") return false;
  const node = onlyStatement(body);
  if (!node || !("SelectStmt" in node)) return false;
  const { targetList = [], fromClause, valuesLists } = node.SelectStmt;
  if (fromClause || valuesLists || targetList.length !== 1) return false;
  return volatilityOf(targetList[0], schema, path, depth + 1).kind === "steady";
}
