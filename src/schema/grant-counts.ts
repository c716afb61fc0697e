import { emptyMap, type PersistentMap } from "./persistent-map.ts";
import type { Relation, Schema, Table } from "./schema.ts";

/** Of some tables: how many there are, and how many of them each role is granted something on. */
export interface GrantCount {
  readonly tables: number;
  readonly roles: ReadonlyMap<string, number>;
}

/** The tables of each schema, and of these the ones that each migration made; partitions aside. */
export type GrantCounts = PersistentMap<GrantCount>;

const nobody: GrantCount = { tables: 0, roles: new Map() };

/** Counts all. */
export const countGrants = (relations: PersistentMap<Relation>): GrantCounts =>
  relations.values().reduce((counts, relation) => changed(counts, relation, 1), emptyMap<GrantCount>());

/** The counts after a relation came, went or changed. */
export function recountGrants(
  counts: GrantCounts,
  before: Relation | undefined,
  after: Relation | undefined,
): GrantCounts {
  if (before && after && isCounted(before) && isCounted(after) && areAlike(before, after)) return counts;
  return changed(changed(counts, before, -1), after, 1);
}

/** How the tables of a schema are granted that the migration of one of them did not make. */
export function grantsOnOlder({ grantCounts }: Schema, table: Table): GrantCount {
  const all = grantCounts?.get(table.schema) ?? nobody;
  const own = grantCounts?.get(keyOfMigration(table)) ?? nobody;
  const roles = [...all.roles].map(([role, count]) => [role, count - (own.roles.get(role) ?? 0)] as const);
  return { tables: all.tables - own.tables, roles: new Map(roles) };
}

function changed(counts: GrantCounts, relation: Relation | undefined, by: 1 | -1): GrantCounts {
  if (!relation || !isCounted(relation)) return counts;
  return [relation.schema, keyOfMigration(relation)].reduce((current, key) => {
    const { tables, roles } = current.get(key) ?? nobody;
    const counted = new Map(roles);
    for (const role of relation.grantees ?? []) counted.set(role, (counted.get(role) ?? 0) + by);
    return current.set(key, { tables: tables + by, roles: counted });
  }, counts);
}

const isCounted = (relation: Relation): relation is Table =>
  relation.kind === "table" && relation.partitionOf === undefined;

const areAlike = (one: Table, other: Table): boolean =>
  one.schema === other.schema && one.grantees === other.grantees && one.created?.migration === other.created?.migration;

/** No schema has a name with this character. */
const keyOfMigration = ({ schema, created }: Table): string => `${schema}\0${created?.migration}`;
