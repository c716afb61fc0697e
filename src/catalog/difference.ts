import type { Catalog, CatalogDifference, CatalogObject } from "./catalog.ts";
import { creationRank, schemaScoped, wholes } from "./kinds.ts";

/**
 * What differs between two catalogs. The parts of an object that is missing or surplus are not listed: the object
 * stands for them. Surplus objects come first, dependants before what they depend on, then the missing ones, the other
 * way round, then the changed ones: an order in which they can be dropped, created and altered.
 */
export function compareCatalogs(before: Catalog, after: Catalog): readonly CatalogDifference[] {
  const missing = withoutParts(absentFrom(after, before));
  const surplus = withoutParts(absentFrom(before, after));
  return [
    ...surplus.toSorted((a, b) => byCreation(b, a)).map((object) => ({ kind: "surplus", object }) as const),
    ...missing.toSorted(byCreation).map((object) => ({ kind: "missing", object }) as const),
    ...changes(before, after),
  ];
}

function absentFrom(catalog: Catalog, other: Catalog): CatalogObject[] {
  return [...other.objects].filter(([key]) => !catalog.objects.has(key)).map(([, object]) => object);
}

function changes(before: Catalog, after: Catalog): CatalogDifference[] {
  const changed: Extract<CatalogDifference, { kind: "changed" }>[] = [];
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
function withoutParts(objects: readonly CatalogObject[]): CatalogObject[] {
  const whole = new Set(objects.filter(({ kind }) => wholes.has(kind)).map(({ name }) => name));
  const roles = new Set(objects.filter(({ kind }) => kind === "role").map(({ name }) => name));
  const columns = new Set(objects.filter(({ kind }) => kind === "column").map(({ name }) => name));
  const schemas = objects.filter(({ kind }) => kind === "schema").map(({ name }) => `${name}.`);
  return objects.filter(({ kind, name, relation, attributes }) => {
    if (schemaScoped.has(kind) && schemas.some((prefix) => name.startsWith(prefix))) return false;
    if (kind === "role setting" || kind === "role membership") return relation === undefined || !roles.has(relation);
    if (kind === "sequence" && columns.has(attributes["owned by"] ?? "")) return false;
    return relation === undefined || relation === name || !whole.has(relation);
  });
}

function byCreation(a: CatalogObject, b: CatalogObject): number {
  return creationRank(a.kind) - creationRank(b.kind) || compareText(a.name, b.name);
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
