import type { Catalog, CatalogDifference, CatalogObject } from "../catalog/catalog.ts";
import { describeDifference } from "../catalog/describe.ts";
import { schemaOf } from "../catalog/names.ts";
import { unquotedName } from "../sql/quote-identifier.ts";
import { firstOf } from "../prose.ts";
import type { Project } from "../project.ts";
import { relevantDifferences } from "../replay/relevant-differences.ts";

/** What belongs to the server or to whoever runs it, and not to a history of migrations. */
const notOurs = new Set([
  "role",
  "role membership",
  "role setting",
  "parameter",
  "database",
  "database setting",
  "default privileges",
  "built-in object",
  "security label",
  "language",
  "event trigger",
  "subscription",
  "server setting",
]);

/** Who owns what and who may use it is decided in production; a rehearsal has neither its roles nor its tablespaces. */
const notCompared = new Set(["owner", "grants", "tablespace", "version"]);

/** The ledger. */
const own = /^headgate(?:\.|$)/;

/** What is left out when catalogs are compared. */
export interface Comparison {
  /** Names that are not the project's, with `*` for any text. */
  readonly foreign?: readonly string[];
  /** The tool's own, as SQL writes it: it is the tool's to make. */
  readonly versionTable?: string;
  /** The schema of the tenant: what is elsewhere and is not made by its migrations belongs to others. */
  readonly only?: string;
}

/** What of it a project says. `versionTable`: the tool's own. */
export const comparison = (
  { schema, foreign }: Project,
  { versionTable }: Pick<Comparison, "versionTable">,
): Comparison => ({
  ...(schema === undefined ? {} : { only: schema }),
  ...(foreign === undefined ? {} : { foreign }),
  ...(versionTable === undefined ? {} : { versionTable }),
});

/** How a target's catalog differs from that of a rehearsal, by what tells one difference from another. */
export type Drift = ReadonlyMap<string, CatalogDifference>;

/** What a history makes, as far as it is compared. */
export interface Made {
  readonly schemas: ReadonlySet<string>;
  /** By kind and name, as a catalog has it. */
  has(key: string): boolean;
}

/**
 * How the target differs from what the migrations make. Owners, privileges, tablespaces, extension versions and whole schemas
 * that no migration knows are left out.
 */
export function driftOf(expected: Catalog, actual: Catalog, comparison: Comparison): Drift {
  const ours = comparable(expected, comparison.versionTable);
  const theirs = compared(actual, madeBy(expected, comparison), comparison);
  return new Map(relevantDifferences(ours, theirs).map((difference) => [keyOf(difference), difference]));
}

/** What the history makes that leads to a catalog. */
export function madeBy(expected: Catalog, { versionTable }: Comparison): Made {
  const { objects } = comparable(expected, versionTable);
  const schemas = new Set([...objects.values()].flatMap((object) => schemaOfObject(object) ?? []));
  return { schemas, has: (key) => objects.has(key) };
}

/** What of a target's catalog is compared with that: the same objects, and what lies beside them and is nobody else's. */
export function compared(actual: Catalog, made: Made, { foreign = [], versionTable, only }: Comparison): Catalog {
  const isForeign = namePattern(foreign);
  return {
    objects: new Map(
      [...comparable(actual, versionTable).objects].filter(([key, object]) => {
        if (made.has(key)) return true;
        if (isForeign(object.name) || (object.relation !== undefined && isForeign(object.relation))) return false;
        if (object.kind === "extension" || object.kind === "schema") return false;
        const schema = schemaOfObject(object) ?? "";
        return only === undefined ? made.schemas.has(schema) : unquotedName(schema) === only;
      }),
    ),
  };
}

/** What differs now and did not before. */
export const newDrift = (before: Drift, now: Drift): Drift => new Map([...now].filter(([key]) => !before.has(key)));

/** A sentence for each of the first differences. */
export const describeDrift = (drift: Drift): readonly string[] => firstOf([...drift.values()].map(sayDifference));

/** Seen from the target: what a history makes and the target lacks is missing there. */
function sayDifference(difference: CatalogDifference): string {
  const { kind, name } = difference.kind === "changed" ? difference.before : difference.object;
  switch (difference.kind) {
    case "missing":
      return `${kind} \`${name}\` is missing`;
    case "surplus":
      return `${kind} \`${name}\` is there, and no migration makes it`;
    case "changed":
      return describeDifference(difference, "a change that no migration makes");
  }
}

function keyOf(difference: CatalogDifference): string {
  if (difference.kind !== "changed") return `${difference.kind} ${difference.object.kind} ${difference.object.name}`;
  const { before, after, attributes } = difference;
  return `changed ${before.kind} ${before.name} ${JSON.stringify(attributes.map((name) => [name, after.attributes[name]]))}`;
}

function comparable({ objects }: Catalog, versionTable: string | undefined): Catalog {
  const isVersionTable = ({ kind, name, relation, attributes }: CatalogObject): boolean =>
    versionTable !== undefined &&
    (name === versionTable ||
      relation === versionTable ||
      (attributes["owned by"] ?? "").startsWith(`${versionTable}.`) ||
      (kind === "schema" && name !== "public" && name === schemaOf(versionTable)));
  return {
    objects: new Map(
      [...objects]
        .filter(([, object]) => {
          const { kind, name, relation } = object;
          return !notOurs.has(kind) && !own.test(name) && !own.test(relation ?? "") && !isVersionTable(object);
        })
        .map(([key, object]) => [
          key,
          {
            ...object,
            attributes: Object.fromEntries(
              Object.entries(object.attributes).filter(([name]) => !notCompared.has(name)),
            ),
          },
        ]),
    ),
  };
}

const schemaOfObject = ({ kind, name, relation }: CatalogObject): string | undefined =>
  kind === "schema" ? name : schemaOf(relation ?? name);

function namePattern(names: readonly string[]): (name: string) => boolean {
  const patterns = names.map((name) => new RegExp(`^${name.split("*").map(RegExp.escape).join(".*")}$`));
  return (name) => patterns.some((pattern) => pattern.test(name));
}
