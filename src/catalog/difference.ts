import type { Catalog, CatalogDifference, CatalogObject } from "./catalog.ts";
import { creationRank, foundations, schemaScoped, wholes } from "./kinds.ts";
import { partName, schemaOf } from "./names.ts";

/**
 * What differs between two catalogs. The parts of an object that is missing or surplus are not listed: the object
 * stands for them. The order is one in which surplus objects can be dropped, missing ones created and changed ones
 * altered: what is surplus and nothing is built on, what is missing, what changed, and then the other surplus objects.
 */
export function compareCatalogs(before: Catalog, after: Catalog): readonly CatalogDifference[] {
  const changed = changes(before, after);
  const missing = withoutParts(absentFrom(after, before), changed).toSorted(byCreation);
  const surplus = withoutParts(absentFrom(before, after), changed)
    .toSorted((a, b) => byCreation(b, a))
    .map((object) => ({ kind: "surplus", object }) as const);
  return [
    ...surplus.filter(({ object }) => !foundations.has(object.kind)),
    ...missing.map((object) => ({ kind: "missing", object }) as const),
    ...changed,
    ...surplus.filter(({ object }) => foundations.has(object.kind)),
  ];
}

function absentFrom(catalog: Catalog, other: Catalog): CatalogObject[] {
  const absent: CatalogObject[] = [];
  for (const [key, object] of other.objects) if (!catalog.objects.has(key)) absent.push(object);
  return absent;
}

type Change = Extract<CatalogDifference, { kind: "changed" }>;

function changes(before: Catalog, after: Catalog): Change[] {
  const changed: Change[] = [];
  for (const [key, was] of before.objects) {
    const is = after.objects.get(key);
    if (is === undefined || is === was) continue;
    const attributes = differingAttributes(was, is);
    if (attributes.length > 0) changed.push({ kind: "changed", before: was, after: is, attributes });
  }
  return changed.toSorted((a, b) => byCreation(a.before, b.before));
}

function differingAttributes(before: CatalogObject, after: CatalogObject): string[] {
  const names = new Set([...Object.keys(before.attributes), ...Object.keys(after.attributes)]);
  return [...names].filter((name) => (before.attributes[name] ?? null) !== (after.attributes[name] ?? null)).toSorted();
}

/** Leaves out what is there or not there only because the object it is part of is. */
function withoutParts(objects: readonly CatalogObject[], changed: readonly Change[]): CatalogObject[] {
  const namesOf = (isOne: (kind: string) => boolean) =>
    new Set(objects.filter(({ kind }) => isOne(kind)).map(({ name }) => name));
  const whole = namesOf((kind) => wholes.has(kind));
  const roles = namesOf((kind) => kind === "role");
  const columns = namesOf((kind) => kind === "column");
  for (const { after, attributes } of changed) if (attributes.includes("identity")) columns.add(after.name);
  const publications = namesOf((kind) => kind === "publication");
  const partitioned = new Set(objects.flatMap(partitionedNames));
  const schemas = objects.filter(({ kind }) => kind === "schema").map(({ name }) => `${name}.`);
  return objects.filter(({ kind, name, relation, attributes }) => {
    if (schemaScoped.has(kind) && schemas.some((prefix) => name.startsWith(prefix))) return false;
    if (kind === "role setting" || kind === "role membership") return relation === undefined || !roles.has(relation);
    if (kind === "sequence" && columns.has(attributes["owned by"] ?? "")) return false;
    if (kind.startsWith("publication ") && publications.has(partName(name, relation ?? ""))) return false;
    if (partitioned.has(attributes["partition of"] ?? "")) return false;
    return relation === undefined || relation === name || !whole.has(relation);
  });
}

/** The name by which partitions refer to what they are a part of: a constraint's is that of its index. */
function partitionedNames({ kind, name, relation }: CatalogObject): string[] {
  if (kind === "constraint" && relation !== undefined) return [`${schemaOf(relation)}.${partName(name, relation)}`];
  return ["table", "index", "trigger"].includes(kind) ? [name] : [];
}

function byCreation(a: CatalogObject, b: CatalogObject): number {
  return creationRank(a.kind) - creationRank(b.kind) || compareText(a.name, b.name);
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
