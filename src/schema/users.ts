import { objectNameOf, type SearchPath } from "./names.ts";
import type { Place } from "./place.ts";
import { type ColumnType, type Constraint, qualified, type Schema, tableNamed } from "./schema.ts";

/** Whether a column's type is the one of that qualified name. */
export const isType = (schema: Schema, searchPath: SearchPath, type: ColumnType, wanted: string): boolean =>
  objectNameOf(schema.types, searchPath, type.schema === undefined ? [type.name] : [type.schema, type.name]) === wanted;

/** The tables with a column of that type. */
export function tablesWithType(
  schema: Schema,
  { searchPath }: Pick<Place, "searchPath">,
  wanted: string,
): readonly string[] {
  return schema.relations.values().flatMap((relation) => {
    if (relation.kind !== "table") return [];
    const uses = relation.columns.some(({ type }) => type && isType(schema, searchPath, type, wanted));
    return uses ? [qualified(relation.schema, relation.name)] : [];
  });
}

/** The tables with a trigger that runs that routine. */
export const tablesWithTriggerOf = (schema: Schema, routine: string): readonly string[] =>
  schema.relations
    .values()
    .flatMap((relation) =>
      relation.kind === "table" && relation.triggers.some(({ runs }) => runs === routine)
        ? [qualified(relation.schema, relation.name)]
        : [],
    );

/** The views that read a relation, and those that read them. */
export function viewsOver(schema: Schema, name: string): readonly string[] {
  const found = new Set([name]);
  for (const each of found)
    for (const relation of schema.relations.values())
      if ((relation.kind === "view" || relation.kind === "materialized view") && relation.reads.includes(each))
        found.add(qualified(relation.schema, relation.name));
  found.delete(name);
  return [...found];
}

/** The foreign keys that refer to a key of a table, which are dropped with it. */
export function foreignKeysTo(
  schema: Schema,
  name: string,
  key: Constraint,
): readonly { table: string; name: string }[] {
  const others = [...new Set(tableNamed(schema, name)?.referencedBy)];
  return others.flatMap((table) =>
    (tableNamed(schema, table)?.constraints ?? []).flatMap((each) => {
      if (each.references?.table !== name) return [];
      const { columns } = each.references;
      const isTo =
        columns.length === 0
          ? key.kind === "primary key"
          : columns.toSorted().join("\0") === key.columns.toSorted().join("\0");
      return isTo ? [{ table, name: each.name }] : [];
    }),
  );
}
