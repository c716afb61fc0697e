import { type BodyOf, nameLists } from "../../sql/syntax.ts";
import { withoutRelation, withTable } from "../edit.ts";
import { objectNameOf, relationNameOf } from "../names.ts";
import type { Place } from "../place.ts";
import { qualified, type Schema, tableNamed } from "../schema.ts";
import { tablesWithTriggerOf } from "../users.ts";

/** The schema after a `DROP`. */
export function applyDrop(schema: Schema, { objects, removeType }: BodyOf<"DropStmt">, { searchPath }: Place): Schema {
  const dropEach = (drop: (current: Schema, parts: readonly string[]) => Schema): Schema =>
    nameLists(objects).reduce(drop, schema);
  switch (removeType) {
    case "OBJECT_TABLE":
    case "OBJECT_FOREIGN_TABLE":
    case "OBJECT_VIEW":
    case "OBJECT_MATVIEW":
    case "OBJECT_INDEX":
    case "OBJECT_SEQUENCE":
      return dropEach((current, parts) => withoutRelation(current, relationNameOf(current, searchPath, parts)));
    case "OBJECT_TYPE":
    case "OBJECT_DOMAIN":
      return dropEach((current, parts) => ({
        ...current,
        types: current.types.delete(objectNameOf(current.types, searchPath, parts)),
      }));
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

function withoutSchema(schema: Schema, name: string): Schema {
  let result = schema;
  for (const relation of schema.relations.values())
    if (relation.schema === name) result = withoutRelation(result, qualified(relation.schema, relation.name));
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
