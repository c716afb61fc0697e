import type { AttributeSource } from "./queries/query.ts";

const privileges: Readonly<Record<string, string>> = {
  a: "INSERT",
  r: "SELECT",
  w: "UPDATE",
  d: "DELETE",
  D: "TRUNCATE",
  x: "REFERENCES",
  t: "TRIGGER",
  m: "MAINTAIN",
  X: "EXECUTE",
  U: "USAGE",
  C: "CREATE",
  c: "CONNECT",
  T: "TEMPORARY",
  s: "SET",
  A: "ALTER SYSTEM",
};

/**
 * The privileges on an object, as far as they are not the ones every such object starts with.
 * @param acl SQL expression of type `aclitem[]`
 * @param usual SQL expression of type `aclitem[]`: what a missing `acl` stands for
 */
export const grants = (acl: string, usual: string): AttributeSource => ({
  sql: `CASE WHEN ${acl} IS NOT NULL THEN json_build_array(array_to_json(${acl}::text[]), array_to_json(${usual}::text[]))::text END`,
  read: (raw) => {
    const [now, start] = JSON.parse(raw) as [readonly string[], readonly string[]];
    return describeGrants(now, start);
  },
});

/**
 * One line for each grantee whose privileges are not the usual ones: `INSERT, SELECT to app`, or `nothing to PUBLIC`;
 * null when all are usual. The order of the items does not matter, as to `pg_dump`.
 */
export function describeGrants(acl: readonly string[], usual: readonly string[]): string | null {
  const now = new Map(acl.map(splitItem));
  const start = new Map(usual.map(splitItem));
  const granter = usual[0] === undefined ? undefined : granterOf(usual[0]);
  const lines: string[] = [];
  for (const holder of new Set([...now.keys(), ...start.keys()])) {
    const letters = now.get(holder) ?? "";
    if (letters === (start.get(holder) ?? "")) continue;
    lines.push(...describeItem(holder, letters, granter));
  }
  return lines.length === 0 ? null : lines.toSorted().join("\n");
}

/** An item is `grantee=letters/grantor`; both names are quoted when they are not plain, and `=` or `/` may be in quotes. */
const itemPattern = /^((?:"(?:[^"]|"")*"|[^"=])*)=([a-zA-Z*]*)\/(.*)$/s;

function splitItem(item: string): [holder: string, letters: string] {
  const [, grantee = "", letters = "", grantor = ""] = itemPattern.exec(item) ?? [];
  return [`${grantee}/${grantor}`, letters];
}

const granterOf = (item: string): string | undefined => itemPattern.exec(item)?.[3];

function describeItem(holder: string, letters: string, owner: string | undefined): string[] {
  const [, grantee = "", grantor = ""] = /^((?:"(?:[^"]|"")*"|[^"/])*)\/(.*)$/s.exec(holder) ?? [];
  const by = owner === undefined || grantor === owner ? "" : ` granted by ${grantor}`;
  const to = `to ${grantee === "" ? "PUBLIC" : grantee}`;
  if (letters === "") return [`nothing ${to}${by}`];
  const plain: string[] = [];
  const grantable: string[] = [];
  for (const [, letter = "", star] of letters.matchAll(/([a-zA-Z])(\*?)/g))
    (star ? grantable : plain).push(privileges[letter] ?? letter);
  const lines: string[] = [];
  if (plain.length > 0) lines.push(`${plain.toSorted().join(", ")} ${to}${by}`);
  if (grantable.length > 0) lines.push(`${grantable.toSorted().join(", ")} ${to} with grant option${by}`);
  return lines;
}
