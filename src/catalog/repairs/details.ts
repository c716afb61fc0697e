import type { CatalogObject } from "../catalog.ts";
import { literal, partName } from "../names.ts";
import { target } from "./target.ts";

/** The statement that gives an object its comment, or takes it away. */
export function commentStatement(object: CatalogObject): string | undefined {
  const named = target(object);
  const comment = object.attributes["comment"] ?? null;
  return named && `COMMENT ON ${named} IS ${comment === null ? "NULL" : literal(comment)};`;
}

/** The statement that gives an object its owner; undefined for what cannot have one. */
export function ownerStatement(object: CatalogObject): string | undefined {
  const named = target(object);
  const owner = object.attributes["owner"];
  return named && owner ? `ALTER ${named} OWNER TO ${owner};` : undefined;
}

const grantLine = /^([A-Z, ]+) to ("(?:[^"]|"")+"|\w+)( with grant option)?$/;
const grantable: Readonly<Record<string, string>> = {
  table: "TABLE",
  "foreign table": "TABLE",
  view: "TABLE",
  "materialized view": "TABLE",
  sequence: "SEQUENCE",
  function: "FUNCTION",
  procedure: "PROCEDURE",
  schema: "SCHEMA",
  type: "TYPE",
  domain: "TYPE",
  server: "FOREIGN SERVER",
  "foreign data wrapper": "FOREIGN DATA WRAPPER",
};

/** What everybody may do with a new object of these kinds; with others, nothing. */
const usualToPublic: Readonly<Record<string, string>> = { FUNCTION: "EXECUTE", PROCEDURE: "EXECUTE", TYPE: "USAGE" };

/** The statements that turn the unusual privileges on an object, as `describeGrants` says them, from `now` into `wanted`. */
export function grantStatements(
  object: CatalogObject,
  wanted: string | null,
  now: string | null,
): string[] | undefined {
  const want = wanted?.split("\n") ?? [];
  const have = now?.split("\n") ?? [];
  const [word, on, columns] = grantTarget(object);
  if (word === undefined) return undefined;
  const roles = new Set<string>();
  for (const line of [...want, ...have].filter((line) => !(want.includes(line) && have.includes(line)))) {
    const role = roleIn(line);
    if (role === undefined) return undefined;
    roles.add(role);
  }
  const statements: string[] = [];
  for (const role of roles) {
    const lines = want.filter((line) => roleIn(line) === role);
    if (lines.length === 0) {
      if (role === object.attributes["owner"]) lines.push(`ALL to ${role}`);
      else if (role === "PUBLIC" && usualToPublic[word]) lines.push(`${usualToPublic[word]} to PUBLIC`);
    }
    statements.push(`REVOKE ALL${columns} ON ${word} ${on} FROM ${role};`);
    for (const line of lines) {
      const [, privileges = "", , option = ""] = grantLine.exec(line) ?? [];
      if (privileges === "") continue;
      const listed = privileges.split(", ").map((privilege) => `${privilege}${columns}`);
      statements.push(`GRANT ${listed.join(", ")} ON ${word} ${on} TO ${role}${option.toUpperCase()};`);
    }
  }
  return statements;
}

/** The role of a line; undefined where somebody else than the owner granted. */
const roleIn = (line: string): string | undefined =>
  grantLine.exec(line)?.[2] ?? /^nothing to ("(?:[^"]|"")+"|\w+)$/.exec(line)?.[1];

function grantTarget({ kind, name, relation }: CatalogObject): [word: string | undefined, on: string, columns: string] {
  if (kind === "column" && relation !== undefined) return ["TABLE", relation, ` (${partName(name, relation)})`];
  return [grantable[kind], name, ""];
}
