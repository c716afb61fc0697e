import type { CatalogObject } from "../catalog.ts";
import { literal, partName } from "../names.ts";
import { alterColumn } from "./alter-column.ts";
import { changeOptions } from "./change-options.ts";
import { createStatements, enabling, sequenceOptions } from "./create.ts";
import type { ChangedObject } from "./changed-object.ts";
import { commentStatement, grantStatements, ownerStatement } from "./details.ts";
import { dropStatement } from "./drop.ts";

/** The statements that make an object again what it was; undefined unless they are known for every changed attribute. */
export function alterStatements(change: ChangedObject): string[] | undefined {
  const { before, after } = change;
  const others = change.attributes.filter((attribute) => !["comment", "owner", "grants"].includes(attribute));
  const rebuilt = others.length > 0 && rebuilds(change, others) ? rebuild(change, others) : undefined;
  if (rebuilt !== undefined) return rebuilt;
  const statements = others.length === 0 ? [] : alterOthers(change, others);
  if (statements === undefined) return undefined;
  // Grants that name the owner move with the ownership.
  if (change.attributes.includes("owner")) {
    const owner = ownerStatement(before);
    if (owner === undefined) return undefined;
    statements.push(owner);
  } else if (change.attributes.includes("grants")) {
    const grants = grantStatements(before, before.attributes["grants"] ?? null, after.attributes["grants"] ?? null);
    if (grants === undefined) return undefined;
    statements.push(...grants);
  }
  if (change.attributes.includes("comment")) {
    const comment = commentStatement(before);
    if (comment === undefined) return undefined;
    statements.push(comment);
  }
  return statements;
}

/** Kinds that hold nothing and can therefore be dropped and created again. */
function rebuilds({ before, after }: ChangedObject, attributes: readonly string[]): boolean {
  const { kind } = before;
  if (before.attributes["partition of"] || after.attributes["partition of"] || before.attributes["triggers"])
    return false;
  switch (kind) {
    case "trigger":
    case "rule":
    case "view":
    case "statistics object":
      return attributes.includes("definition");
    // A primary key or unique constraint may have foreign keys that refer to it.
    case "constraint":
      return (
        /^(?:CHECK|FOREIGN KEY|EXCLUDE) /.test(before.attributes["definition"] ?? "") && !onlyValidation(before, after)
      );
    case "domain constraint":
      return !onlyValidation(before, after);
    default:
      return kind === "index" || kind === "policy";
  }
}

function rebuild({ before, after }: ChangedObject, attributes: readonly string[]): string[] | undefined {
  const created = createStatements(before);
  const dropped = dropStatement(after);
  const owned = attributes.includes("owner") ? ownerStatement(before) : undefined;
  return created && dropped ? [dropped, ...created, ...(owned === undefined ? [] : [owned])] : undefined;
}

const onlyValidation = (before: CatalogObject, after: CatalogObject): boolean =>
  before.attributes["validated"] === "yes" &&
  after.attributes["definition"] === `${before.attributes["definition"]} NOT VALID`;

function alterOthers(change: ChangedObject, attributes: readonly string[]): string[] | undefined {
  const { before, after } = change;
  const { kind, name, relation = "" } = before;
  switch (kind) {
    case "column":
      return each(attributes, (attribute) => alterColumn(change, attribute));
    case "table":
      return each(attributes, (attribute) => alterTable(change, attribute));
    case "view":
      return each(attributes, (attribute) =>
        attribute === "options"
          ? changeOptions(before.attributes["options"] ?? null, after.attributes["options"] ?? null)?.map(
              (action) => `ALTER VIEW ${name} ${action};`,
            )
          : undefined,
      );
    case "constraint":
    case "domain constraint":
      return onlyValidation(before, after)
        ? [
            `ALTER ${kind === "constraint" ? "TABLE" : "DOMAIN"} ${relation} VALIDATE CONSTRAINT ${partName(name, relation)};`,
          ]
        : undefined;
    case "trigger":
    case "rule":
      return attributes.length === 1 && attributes[0] === "enabled" ? enabling(before, true) : undefined;
    case "function":
    case "procedure":
      return alterRoutine(change);
    case "sequence":
      return alterSequence(change, attributes);
    case "domain":
      return each(attributes, (attribute) => alterDomain(before, attribute));
    case "statistics object":
      return [`ALTER STATISTICS ${name} SET STATISTICS ${before.attributes["target"] ?? "-1"};`];
    case "extension":
      return attributes.length === 1 && attributes[0] === "schema"
        ? [`ALTER EXTENSION ${name} SET SCHEMA ${before.attributes["schema"]};`]
        : undefined;
    case "role":
      return each(attributes, (attribute) => alterRole(before, attribute));
    default:
      return undefined;
  }
}

/** All statements, or undefined as soon as one is not known. */
function each(
  attributes: readonly string[],
  statement: (attribute: string) => readonly string[] | undefined,
): string[] | undefined {
  const all: string[] = [];
  for (const attribute of attributes) {
    const some = statement(attribute);
    if (some === undefined) return undefined;
    all.push(...some);
  }
  return all;
}

function alterTable({ before, after }: ChangedObject, attribute: string): string[] | undefined {
  const alter = (action: string) => [`ALTER TABLE ${before.name} ${action};`];
  const was = before.attributes[attribute] ?? null;
  switch (attribute) {
    case "persistence":
      return alter(was === "unlogged" ? "SET UNLOGGED" : "SET LOGGED");
    case "row security":
      return alter(`${was === "yes" ? "ENABLE" : "DISABLE"} ROW LEVEL SECURITY`);
    case "forced row security":
      return alter(`${was === "yes" ? "" : "NO "}FORCE ROW LEVEL SECURITY`);
    case "replica identity":
      return was === "index" ? undefined : alter(`REPLICA IDENTITY ${was?.toUpperCase()}`);
    case "storage options":
      return changeOptions(was, after.attributes[attribute] ?? null)?.flatMap(alter);
    default:
      return undefined;
  }
}

/** A function whose arguments or result changed cannot be replaced. */
function alterRoutine({ before, after }: ChangedObject): string[] | undefined {
  const signature = ({ attributes }: CatalogObject) =>
    `${attributes["definition"]?.split("\n")[0]} ${attributes["returns"]}`;
  if (signature(before) === signature(after)) return [`${before.attributes["definition"]?.trimEnd()};`];
  const created = createStatements(before);
  const dropped = dropStatement(after);
  return created && dropped ? [dropped, ...created] : undefined;
}

function alterSequence({ before, after }: ChangedObject, changed: readonly string[]): string[] | undefined {
  const { name, attributes } = before;
  if (attributes["identity"] !== after.attributes["identity"]) return undefined;
  const statements: string[] = [];
  if (changed.includes("persistence"))
    statements.push(`ALTER SEQUENCE ${name} SET ${attributes["persistence"] === "unlogged" ? "UNLOGGED" : "LOGGED"};`);
  if (changed.includes("owned by"))
    statements.push(`ALTER SEQUENCE ${name} OWNED BY ${attributes["owned by"] ?? "NONE"};`);
  if (changed.some((attribute) => attribute !== "persistence" && attribute !== "owned by")) {
    const type = changed.includes("type") ? ` AS ${attributes["type"]}` : "";
    statements.push(`ALTER SEQUENCE ${name}${type}${sequenceOptions(attributes)};`);
  }
  return statements;
}

function alterDomain({ name, attributes }: CatalogObject, attribute: string): string[] | undefined {
  const given = attributes["default"] ?? null;
  if (attributes["not null constraint"]) return undefined;
  if (attribute === "not null constraint") return attributes["nullable"] === "YES" ? [] : undefined;
  if (attribute === "nullable")
    return [`ALTER DOMAIN ${name} ${attributes["nullable"] === "NO" ? "SET" : "DROP"} NOT NULL;`];
  if (attribute === "default")
    return [`ALTER DOMAIN ${name} ${given === null ? "DROP DEFAULT" : `SET DEFAULT ${given}`};`];
  return undefined;
}

const roleAttributes: Readonly<Record<string, string>> = {
  superuser: "SUPERUSER",
  inherit: "INHERIT",
  "create role": "CREATEROLE",
  "create database": "CREATEDB",
  login: "LOGIN",
  replication: "REPLICATION",
  "bypass row security": "BYPASSRLS",
};

function alterRole({ name, attributes }: CatalogObject, attribute: string): string[] | undefined {
  const was = attributes[attribute] ?? null;
  const word = roleAttributes[attribute];
  if (word !== undefined) return [`ALTER ROLE ${name} ${was === "yes" ? "" : "NO"}${word};`];
  if (attribute === "connection limit") return [`ALTER ROLE ${name} CONNECTION LIMIT ${was ?? "-1"};`];
  return was === null ? undefined : [`ALTER ROLE ${name} VALID UNTIL ${literal(was)};`];
}
