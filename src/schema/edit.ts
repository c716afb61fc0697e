import { recountGrants } from "./grant-counts.ts";
import { type Index, indexNamed, qualified, type Relation, type Schema, type Table, tableNamed } from "./schema.ts";
import { unknownTable } from "./table-parts.ts";

/** The schema with a relation added or replaced. */
export function withRelation(schema: Schema, relation: Relation): Schema {
  const name = qualified(relation.schema, relation.name);
  return recounted(
    { ...schema, relations: schema.relations.set(name, relation) },
    schema.relations.get(name),
    relation,
  );
}

/** The schema in which nothing has that name; what else named it still does. */
function withoutName(schema: Schema, name: string): Schema {
  const relation = schema.relations.get(name);
  return relation ? recounted({ ...schema, relations: schema.relations.delete(name) }, relation, undefined) : schema;
}

function recounted(schema: Schema, before: Relation | undefined, after: Relation | undefined): Schema {
  const { grantCounts } = schema;
  return grantCounts ? { ...schema, grantCounts: recountGrants(grantCounts, before, after) } : schema;
}

/** The schema with one table changed. A table that is not known yet becomes known by what is said of it. */
export function withTable(schema: Schema, name: string, change: (table: Table) => Partial<Table>): Schema {
  if (!tableNamed(schema, name) && schema.relations.has(name)) return schema;
  const table = tableNamed(schema, name) ?? unknownTable(...splitName(name));
  return withRelation(schema, { ...table, ...change(table) });
}

/** The schema with an index that its table knows of. */
export function withIndex(schema: Schema, index: Index): Schema {
  const name = qualified(index.schema, index.name);
  const added = withRelation(schema, index);
  const owner = schema.relations.get(index.table);
  if (owner?.kind === "view" || owner?.kind === "materialized view")
    return withRelation(added, { ...owner, indexes: [...owner.indexes, name] });
  return withTable(added, index.table, ({ indexes }) => ({
    indexes: [...indexes.filter((other) => other !== name), name],
  }));
}

/** The schema without a relation, and without what PostgreSQL drops with it. */
export function withoutRelation(schema: Schema, name: string): Schema {
  const relation = schema.relations.get(name);
  let result = withoutName(schema, name);
  if (relation?.kind === "index") {
    const table = tableNamed(result, relation.table);
    if (table) result = withTable(result, relation.table, ({ indexes }) => ({ indexes: without(indexes, name) }));
    for (const index of (table?.children ?? []).flatMap((child) => tableNamed(result, child)?.indexes ?? []))
      if (indexNamed(result, index)?.partOf === name) result = withoutRelation(result, index);
  }
  if (relation?.kind === "view" || relation?.kind === "materialized view")
    for (const index of relation.indexes) result = withoutName(result, index);
  if (relation?.kind !== "table") return result;
  for (const index of relation.indexes) result = withoutName(result, index);
  for (const { references } of relation.constraints)
    if (references && tableNamed(result, references.table))
      result = withTable(result, references.table, ({ referencedBy }) => ({
        referencedBy: withoutOne(referencedBy, name),
      }));
  for (const other of relation.referencedBy)
    if (tableNamed(result, other))
      result = withTable(result, other, ({ constraints }) => ({
        constraints: constraints.filter(({ references }) => references?.table !== name),
      }));
  for (const parent of [...relation.inherits, ...(relation.partitionOf ? [relation.partitionOf] : [])])
    if (tableNamed(result, parent))
      result = withTable(result, parent, ({ children }) => ({ children: children.filter((child) => child !== name) }));
  return relation.variety === "partitioned" ? relation.children.reduce(withoutRelation, result) : result;
}

const without = (names: readonly string[], name: string): readonly string[] => names.filter((each) => each !== name);

/**
 * The schema in which a relation, with everything that names it, has another name. Its indexes go with it to another schema.
 * What had that name is gone: code that the model cannot read has dropped it, or the statement fails.
 */
export function renamed(schema: Schema, from: string, toSchema: string, toName: string): Schema {
  const to = qualified(toSchema, toName);
  if (to === from || !schema.relations.has(from)) return schema;
  const free = schema.relations.has(to) ? withoutRelation(schema, to) : schema;
  const relation = free.relations.get(from);
  if (!relation) return free;
  const swap = (name: string): string => (name === from ? to : name);
  const moved = withoutName(free, from);
  let result = withRelation(moved, {
    ...(withNames(relation, from, swap) ?? relation),
    schema: toSchema,
    name: toName,
  });
  for (const other of moved.relations.values()) {
    const changed = withNames(other, from, swap);
    if (changed) result = withRelation(result, changed);
  }
  if (relation.schema === toSchema || !("indexes" in relation)) return result;
  return relation.indexes.reduce((current, index) => renamed(current, index, toSchema, splitName(index)[1]), result);
}

function withNames(relation: Relation, from: string, swap: (name: string) => string): Relation | undefined {
  if (relation.kind === "index") {
    const { table, partOf } = relation;
    if (table !== from && partOf !== from) return undefined;
    return { ...relation, table: swap(table), ...(partOf === undefined ? {} : { partOf: swap(partOf) }) };
  }
  if (relation.kind === "sequence") return undefined;
  if (relation.kind !== "table") {
    const mentions = relation.reads.includes(from) || relation.indexes.includes(from);
    return mentions ? { ...relation, reads: relation.reads.map(swap), indexes: relation.indexes.map(swap) } : undefined;
  }
  const { partitionOf, inherits, children, referencedBy, indexes, constraints } = relation;
  const mentions =
    [partitionOf, ...inherits, ...children, ...referencedBy, ...indexes].includes(from) ||
    constraints.some(({ references }) => references?.table === from);
  if (!mentions) return undefined;
  return {
    ...relation,
    ...(partitionOf === undefined ? {} : { partitionOf: swap(partitionOf) }),
    inherits: inherits.map(swap),
    children: children.map(swap),
    referencedBy: referencedBy.map(swap),
    indexes: indexes.map(swap),
    constraints: constraints.map((constraint) =>
      constraint.references
        ? { ...constraint, references: { ...constraint.references, table: swap(constraint.references.table) } }
        : constraint,
    ),
  };
}

/** The two parts of a qualified name. */
export function splitName(name: string): [schema: string, name: string] {
  const dot = name.indexOf(".");
  return dot === -1 ? ["public", name] : [name.slice(0, dot), name.slice(dot + 1)];
}

function withoutOne(names: readonly string[], name: string): readonly string[] {
  const index = names.indexOf(name);
  return index === -1 ? names : names.toSpliced(index, 1);
}
