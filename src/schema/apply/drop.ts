import { type BodyOf, nameLists } from "../../sql/syntax.ts";
import { withoutRelation, withTable } from "../edit.ts";
import { objectNameOf, relationNameOf } from "../names.ts";
import type { Place } from "../place.ts";
import { qualified, type Schema, tableNamed, withDescendants } from "../schema.ts";
import { isType, tablesWithTriggerOf, tablesWithType, viewsOver } from "../users.ts";
import { withoutColumn } from "./alter-table-columns.ts";

/** The schema after a `DROP`. */
export function applyDrop(schema: Schema, { objects, removeType, behavior }: BodyOf<"DropStmt">, place: Place): Schema {
  const { searchPath } = place;
  const cascades = behavior === "DROP_CASCADE";
  const dropEach = (drop: (current: Schema, parts: readonly string[]) => Schema): Schema =>
    nameLists(objects).reduce(drop, schema);
  switch (removeType) {
    case "OBJECT_TABLE":
    case "OBJECT_FOREIGN_TABLE":
    case "OBJECT_VIEW":
    case "OBJECT_MATVIEW":
    case "OBJECT_INDEX":
    case "OBJECT_SEQUENCE":
      return dropEach((current, parts) => {
        const name = relationNameOf(current, searchPath, parts);
        return cascades ? withoutDependants(current, name) : withoutRelation(current, name);
      });
    case "OBJECT_TYPE":
    case "OBJECT_DOMAIN":
      return dropEach((current, parts) => {
        const name = objectNameOf(current.types, searchPath, parts);
        const without = { ...current, types: current.types.delete(name) };
        return cascades ? withoutColumnsOf(without, name, current, place) : without;
      });
    case "OBJECT_FUNCTION":
    case "OBJECT_PROCEDURE":
    case "OBJECT_ROUTINE":
      return dropEach((current, parts) => withoutRoutine(current, objectNameOf(current.routines, searchPath, parts)));
    case "OBJECT_SCHEMA":
      return dropEach((current, parts) => withoutSchema(current, parts.at(-1) ?? ""));
    case "OBJECT_TRIGGER":
    case "OBJECT_POLICY":
      return dropEach((current, parts) => {
        const table = relationNameOf(current, searchPath, parts.slice(0, -1));
        const gone = parts.at(-1);
        if (!tableNamed(current, table)) return current;
        return withTable(current, table, ({ triggers, policies }) =>
          removeType === "OBJECT_TRIGGER"
            ? { triggers: triggers.filter(({ name }) => name !== gone) }
            : { policies: policies.filter(({ name }) => name !== gone) },
        );
      });
    default:
      return schema;
  }
}

/** The schema without a relation, and without the views over it and the tables that inherit from it. */
function withoutDependants(schema: Schema, name: string): Schema {
  const tables = withDescendants(schema, name);
  const views = tables.flatMap((each) => viewsOver(schema, each));
  return [...new Set([...views, ...tables.toReversed()])].reduce(withoutRelation, schema);
}

/** The schema without the columns of a type that is gone. */
function withoutColumnsOf(schema: Schema, type: string, before: Schema, { searchPath }: Place): Schema {
  return tablesWithType(before, { searchPath }, type).reduce((current, table) => {
    const columns = tableNamed(current, table)?.columns.filter(
      ({ type: of }) => of && isType(before, searchPath, of, type),
    );
    return (columns ?? []).reduce((each, { name }) => withoutColumn(each, table, name), current);
  }, schema);
}

function withoutSchema(schema: Schema, name: string): Schema {
  let result: Schema = { ...schema, schemas: schema.schemas.delete(name) };
  for (const relation of schema.relations.values())
    if (relation.schema === name) result = withoutDependants(result, qualified(relation.schema, relation.name));
  for (const type of schema.types.values())
    if (type.schema === name) result = { ...result, types: result.types.delete(qualified(name, type.name)) };
  for (const routine of schema.routines.values())
    if (routine.schema === name)
      result = { ...result, routines: result.routines.delete(qualified(name, routine.name)) };
  return result;
}

/** With a routine go the triggers that run it: PostgreSQL drops it with CASCADE, or where there is none. */
function withoutRoutine(schema: Schema, name: string): Schema {
  const dropped: Schema = { ...schema, routines: schema.routines.delete(name) };
  return tablesWithTriggerOf(schema, name).reduce(
    (current, table) =>
      withTable(current, table, ({ triggers }) => ({ triggers: triggers.filter(({ runs }) => runs !== name) })),
    dropped,
  );
}
