import { rowFunctions, steadyFunctions, volatileFunctions } from "../postgres/built-in-functions.ts";
import type { Node } from "./parse-node.ts";

/** What is somewhere in a statement. */
export interface Mentioned {
  /** A call of a function. */
  readonly calls: boolean;
  /** A call of a function that is none of those which come with PostgreSQL, as far as the name tells. */
  readonly callsUserCode: boolean;
  /** A call of any function but those of `pg_catalog`, named so, that change nothing. */
  readonly mayRunCode: boolean;
  /** A statement that changes rows. */
  readonly changesRows: boolean;
  /** A query that locks rows, or that makes a table of them. */
  readonly keepsRows: boolean;
}

/** They change rows. */
export const changingNodes: ReadonlySet<string> = new Set([
  "InsertStmt",
  "UpdateStmt",
  "DeleteStmt",
  "MergeStmt",
  "CopyStmt",
]);

/** Looks through a part of a parse tree. */
export function mentionedIn(tree: unknown): Mentioned {
  const found = { calls: false, callsUserCode: false, mayRunCode: false, changesRows: false, keepsRows: false };
  const look = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if (Array.isArray(value)) return value.forEach(look);
    for (const key of Object.keys(value)) {
      const inner = (value as Node)[key];
      if (key === "FuncCall") {
        found.calls = true;
        found.callsUserCode ||= !isBuiltIn(inner as Node);
        found.mayRunCode ||= !isSteady(inner as Node);
      }
      found.changesRows ||= changingNodes.has(key);
      found.keepsRows ||= key === "lockingClause" || key === "intoClause";
      look(inner);
    }
  };
  look(tree);
  return found;
}

function isBuiltIn(call: Node): boolean {
  const path = functionPath(call);
  if (path.length > 1) return path[0] === "pg_catalog";
  const [name = ""] = path;
  return volatileFunctions.has(name) || steadyFunctions.has(name) || rowFunctions.has(name);
}

function isSteady(call: Node): boolean {
  const [schema, name = ""] = functionPath(call);
  return schema === "pg_catalog" && steadyFunctions.has(name);
}

const functionPath = (call: Node): readonly string[] =>
  ((call["funcname"] ?? []) as readonly { readonly String?: { readonly sval?: string } }[]).map(
    ({ String: part }) => part?.sval ?? "",
  );
