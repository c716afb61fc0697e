import type { CatalogObject } from "../catalog.ts";
import { partName } from "../names.ts";
import { commentStatement, grantStatements } from "./details.ts";

/**
 * The statements that create an object as it was, run by its owner; undefined where the snapshot does not hold all of
 * it, and for what held data: an empty table is not what was there before.
 */
export function createStatements(object: CatalogObject): string[] | undefined {
  const created = create(object);
  const grants = object.attributes["grants"] ?? null;
  const granted = grants === null ? [] : grantStatements(object, grants, null);
  if (created === undefined || granted === undefined) return undefined;
  const comment = object.attributes["comment"] ? commentStatement(object) : undefined;
  return [...created, ...granted, ...(comment === undefined ? [] : [comment])];
}

/** Attributes that nothing below would restore. */
const isPlain = ({ attributes }: CatalogObject, names: readonly string[]): boolean =>
  names.every((name) => (attributes[name] ?? null) === null);

function create(object: CatalogObject): string[] | undefined {
  const { kind, name, relation = "", attributes } = object;
  const definition = attributes["definition"] ?? "";
  switch (kind) {
    case "index":
      return isPlain(object, ["tablespace", "clustered", "replica identity", "statistics", "partition of"]) &&
        attributes["valid"] === "yes" &&
        !definition.includes(" ON ONLY ")
        ? [`${definition};`]
        : undefined;
    case "constraint":
      return isPlain(object, [
        "inherited",
        "index options",
        "index tablespace",
        "clustered",
        "replica identity",
        "index statistics",
        "partition of",
        "index comment",
      ])
        ? [`ALTER TABLE ${relation} ADD CONSTRAINT ${partName(name, relation)} ${definition};`]
        : undefined;
    case "domain constraint":
      return [`ALTER DOMAIN ${relation} ADD CONSTRAINT ${partName(name, relation)} ${definition};`];
    case "view":
      return createView(object);
    case "function":
    case "procedure":
      return [`${definition.trimEnd()};`];
    case "trigger":
      return attributes["partition of"] ? undefined : [`${definition};`, ...enabling(object)];
    case "rule":
      return [definition, ...enabling(object)];
    case "policy":
      return [createPolicy(object)];
    case "statistics object":
      return [
        `${definition};`,
        ...(attributes["target"] ? [`ALTER STATISTICS ${name} SET STATISTICS ${attributes["target"]};`] : []),
      ];
    case "type":
      return createType(object);
    case "sequence":
      return attributes["identity"] === "yes" || attributes["owned by"] ? undefined : [createSequence(object)];
    case "extension":
      return [`CREATE EXTENSION ${name} WITH SCHEMA ${attributes["schema"]} VERSION '${attributes["version"]}';`];
    case "column":
      return createColumn(object);
    case "attribute":
      return [
        `ALTER TYPE ${relation} ADD ATTRIBUTE ${partName(name, relation)} ${attributes["type"]}${suffix(" COLLATE ", attributes["collation"])};`,
      ];
    default:
      return undefined;
  }
}

const suffix = (word: string, value: string | null | undefined): string => (value ? `${word}${value}` : "");

function createView(object: CatalogObject): string[] | undefined {
  const options = object.attributes["options"] ?? "";
  if (!isPlain(object, ["column details"]) || !/^(?:\w+=\w+(?:, |$))*$/.test(options)) return undefined;
  const given = options === "" ? "" : ` WITH (${options})`;
  return [`CREATE VIEW ${object.name}${given} AS\n${object.attributes["definition"]}`];
}

/** A column that may not be null and has no default cannot be added to a table with rows. */
function createColumn(object: CatalogObject): string[] | undefined {
  const { name, relation = "", attributes } = object;
  const { type, nullable, default: given, generated, collation } = attributes;
  const unusual = [
    "identity",
    "not null constraint",
    "statistics",
    "storage",
    "compression",
    "options",
    "foreign options",
    "inherited",
  ];
  if (!isPlain(object, unusual)) return undefined;
  if (nullable === "NO" && !given && !generated) return undefined;
  // The sequence of a serial column is gone with it.
  if (given?.includes("nextval(")) return undefined;
  const expression = /^(.*) (stored|virtual)$/s.exec(generated ?? "");
  const value = expression
    ? ` GENERATED ALWAYS AS (${expression[1]}) ${expression[2]?.toUpperCase()}`
    : suffix(" DEFAULT ", given);
  return [
    `ALTER TABLE ${relation} ADD COLUMN ${partName(name, relation)} ${type}${suffix(" COLLATE ", collation)}${value}${nullable === "NO" ? " NOT NULL" : ""};`,
  ];
}

function createPolicy({ name, relation = "", attributes }: CatalogObject): string {
  const { command, permissive, roles, using, "with check": check } = attributes;
  return `CREATE POLICY ${partName(name, relation)} ON ${relation} AS ${permissive === "yes" ? "PERMISSIVE" : "RESTRICTIVE"} FOR ${command} TO ${roles}${using ? ` USING (${using})` : ""}${check ? ` WITH CHECK (${check})` : ""};`;
}

/** An attribute of a composite type is an object of its own, so that such a type cannot be created from one object. */
function createType({ name, attributes }: CatalogObject): string[] | undefined {
  if (attributes["form"] === "enum") return [`CREATE TYPE ${name} AS ENUM (${attributes["labels"] ?? ""});`];
  if (attributes["form"] !== "range" || attributes["canonical function"]) return undefined;
  const parts = [
    `SUBTYPE = ${attributes["subtype"]}`,
    `SUBTYPE_OPCLASS = ${attributes["operator class"]}`,
    ...(attributes["collation"] ? [`COLLATION = ${attributes["collation"]}`] : []),
    ...(attributes["difference function"] ? [`SUBTYPE_DIFF = ${attributes["difference function"]}`] : []),
    `MULTIRANGE_TYPE_NAME = ${attributes["multirange"]}`,
  ];
  return [`CREATE TYPE ${name} AS RANGE (${parts.join(", ")});`];
}

function createSequence({ name, attributes }: CatalogObject): string {
  const unlogged = attributes["persistence"] === "unlogged" ? "UNLOGGED " : "";
  return `CREATE ${unlogged}SEQUENCE ${name} AS ${attributes["type"]}${sequenceOptions(attributes)};`;
}

/** The options of a sequence but its type and owner, as CREATE and ALTER SEQUENCE take them. */
export function sequenceOptions(attributes: CatalogObject["attributes"]): string {
  const { start, increment, minimum, maximum, cache, cycle } = attributes;
  return ` INCREMENT BY ${increment} MINVALUE ${minimum} MAXVALUE ${maximum} START WITH ${start} CACHE ${cache}${cycle === "yes" ? "" : " NO"} CYCLE`;
}

/** What brings a trigger or rule into its enabled state; nothing where it is enabled as usual. */
export function enabling({ kind, name, relation = "", attributes }: CatalogObject, evenIfUsual = false): string[] {
  const words: Readonly<Record<string, string>> = {
    no: "DISABLE",
    "on replica": "ENABLE REPLICA",
    always: "ENABLE ALWAYS",
  };
  const word = words[attributes["enabled"] ?? ""] ?? (evenIfUsual ? "ENABLE" : undefined);
  return word === undefined
    ? []
    : [`ALTER TABLE ${relation} ${word} ${kind.toUpperCase()} ${partName(name, relation)};`];
}
