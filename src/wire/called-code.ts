import { steadyFunctions, volatileFunctions } from "../postgres/built-in-functions.ts";

/** A node of PostgreSQL's parse tree, or a part of one. */
type Node = Readonly<Record<string, unknown>>;

/** Whether it calls a function that is none of those which come with PostgreSQL, as far as the name tells. */
export function callsUserCode(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(callsUserCode);
  return Object.entries(value).some(
    ([name, inner]) => (name === "FuncCall" && !isBuiltIn(inner as Node)) || callsUserCode(inner),
  );
}

function isBuiltIn(call: Node): boolean {
  const path = ((call["funcname"] ?? []) as readonly { readonly String?: { readonly sval?: string } }[]).map(
    ({ String: part }) => part?.sval ?? "",
  );
  if (path.length > 1) return path[0] === "pg_catalog";
  return volatileFunctions.has(path[0] ?? "") || steadyFunctions.has(path[0] ?? "");
}

/** Whether a key is anywhere in it. */
export function mentions(value: unknown, key: string): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some((element) => mentions(element, key));
  return Object.entries(value).some(([name, inner]) => name === key || mentions(inner, key));
}
