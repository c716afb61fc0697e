import { type BodyOf, nameLists, type Node } from "../../sql/syntax.ts";
import { renamed, splitName, withRelation, withTable } from "../edit.ts";
import { objectNameOf, relationName, type SearchPath } from "../names.ts";
import type { Place } from "../place.ts";
import { renaming } from "../renaming.ts";
import {
  indexNamed,
  type NamedType,
  qualified,
  type Routine,
  type Schema,
  tableNamed,
  withDescendants,
} from "../schema.ts";
import { isType, tablesWithTriggerOf, tablesWithType } from "../users.ts";

/** The schema after a `RENAME`. */
export function applyRename(schema: Schema, statement: BodyOf<"RenameStmt">, place: Place): Schema {
  const { renameType, relation, subname = "", newname = "", object } = statement;
  const swap = (text: string): string => (text === subname ? newname : text);
  if (renameType === "OBJECT_SCHEMA") return schemaUnderNewName(schema, subname, newname, place);
  if (!relation) return movedObject(schema, renameType, object, { name: newname }, place) ?? schema;
  const name = relationName(schema, place.searchPath, relation);
  switch (renameType) {
    case "OBJECT_COLUMN":
      return (relation.inh ? withDescendants(schema, name) : [name]).reduce(
        (current, table) => columnUnderNewName(current, table, swap),
        schema,
      );
    case "OBJECT_TABCONSTRAINT": {
      const index = qualified(splitName(name)[0], subname);
      const changed = constraintUnderNewName(schema, name, swap);
      const owned = indexNamed(schema, index);
      return owned?.ofConstraint && owned.table === name
        ? renamed(changed, index, splitName(name)[0], newname)
        : changed;
    }
    default: {
      const index = indexNamed(schema, name);
      const change = (text: string): string => (text === index?.name ? newname : text);
      const changed = index?.ofConstraint ? constraintUnderNewName(schema, index.table, change) : schema;
      return underNewName(changed, { RenameStmt: statement }, place);
    }
  }
}

/** A check has one name in a table and its children; a key of a partition keeps its own. */
function constraintUnderNewName(schema: Schema, table: string, swap: (name: string) => string): Schema {
  const changed = withTable(schema, table, ({ constraints }) => ({
    constraints: constraints.map((constraint) => ({ ...constraint, name: swap(constraint.name) })),
  }));
  return (tableNamed(changed, table)?.children ?? []).reduce((current, child) => {
    const followed = withTable(current, child, ({ constraints }) => ({
      constraints: constraints.map((each) =>
        each.partOf === undefined ? each : { ...each, partOf: swap(each.partOf) },
      ),
    }));
    return constraintUnderNewName(followed, child, (name) => (isCheck(schema, table, name) ? swap(name) : name));
  }, changed);
}

const isCheck = (schema: Schema, table: string, name: string): boolean =>
  tableNamed(schema, table)?.constraints.some((each) => each.kind === "check" && each.name === name) ?? false;

function schemaUnderNewName(schema: Schema, from: string, to: string, { searchPath }: Place): Schema {
  const made = schema.schemas.get(from);
  let result: Schema = made ? { ...schema, schemas: schema.schemas.delete(from).set(to, made) } : schema;
  // Indexes go with their tables.
  for (const each of schema.relations.values())
    if (each.schema === from && each.kind !== "index")
      result = renamed(result, qualified(from, each.name), to, each.name);
  for (const type of schema.types.values())
    if (type.schema === from) result = typeMoved(result, type, { ...type, schema: to }, searchPath);
  for (const routine of schema.routines.values())
    if (routine.schema === from) result = routineMoved(result, routine, { ...routine, schema: to });
  return result;
}

/** The schema after a `SET SCHEMA`. */
export function applyMove(schema: Schema, statement: BodyOf<"AlterObjectSchemaStmt">, place: Place): Schema {
  const { object, objectType, newschema = "" } = statement;
  return (
    movedObject(schema, objectType, object, { schema: newschema }, place) ??
    underNewName(schema, { AlterObjectSchemaStmt: statement }, place)
  );
}

/** The schema in which a type or a routine has another name or schema; `undefined` of what is neither. */
function movedObject(
  schema: Schema,
  objectType: string | undefined,
  object: Node | undefined,
  to: { readonly name: string } | { readonly schema: string },
  { searchPath }: Place,
): Schema | undefined {
  const [parts = []] = nameLists(object ? [object] : []);
  switch (objectType) {
    case "OBJECT_TYPE":
    case "OBJECT_DOMAIN": {
      const type = schema.types.get(objectNameOf(schema.types, searchPath, parts));
      return type ? typeMoved(schema, type, { ...type, ...to }, searchPath) : schema;
    }
    case "OBJECT_FUNCTION":
    case "OBJECT_PROCEDURE":
    case "OBJECT_ROUTINE": {
      const routine = schema.routines.get(objectNameOf(schema.routines, searchPath, parts));
      return routine ? routineMoved(schema, routine, { ...routine, ...to }) : schema;
    }
    default:
      return undefined;
  }
}

function underNewName(schema: Schema, node: Node, place: Place): Schema {
  const names = renaming(schema, node, place);
  return names ? renamed(schema, names.from, ...splitName(names.to)) : schema;
}

/** The schema in which a type, and every column that has it, goes by another name. */
function typeMoved(schema: Schema, from: NamedType, to: NamedType, path: SearchPath): Schema {
  const name = qualified(from.schema, from.name);
  const types = schema.types.delete(name).set(qualified(to.schema, to.name), to);
  const movedTo = from.schema === to.schema ? {} : { schema: to.schema };
  return tablesWithType(schema, { searchPath: path }, name).reduce(
    (current, table) =>
      withTable(current, table, ({ columns }) => ({
        columns: columns.map((column) =>
          column.type && isType(schema, path, column.type, name)
            ? { ...column, type: { ...column.type, ...movedTo, name: to.name } }
            : column,
        ),
      })),
    { ...schema, types },
  );
}

/** The schema in which a routine, and every trigger that runs it, goes by another name. */
function routineMoved(schema: Schema, from: Routine, to: Routine): Schema {
  const [name, newName] = [from, to].map((each) => qualified(each.schema, each.name)) as [string, string];
  const routines = schema.routines.delete(name).set(newName, to);
  return tablesWithTriggerOf(schema, name).reduce(
    (current, table) =>
      withTable(current, table, ({ triggers }) => ({
        triggers: triggers.map((each) => (each.runs === name ? { ...each, runs: newName } : each)),
      })),
    { ...schema, routines },
  );
}

/** What expressions say stays: the model knows of them which columns they mention. */
function columnUnderNewName(schema: Schema, table: string, swap: (column: string) => string): Schema {
  const maybe = (column: string | undefined): string | undefined => (column === undefined ? undefined : swap(column));
  const changed = withTable(schema, table, ({ columns, constraints, partitionKey }) => ({
    columns: columns.map((column) => ({ ...column, name: swap(column.name) })),
    constraints: constraints.map((constraint) => ({ ...constraint, columns: constraint.columns.map(swap) })),
    ...(partitionKey ? { partitionKey: partitionKey.map(maybe) } : {}),
  }));
  return (tableNamed(changed, table)?.indexes ?? []).reduce((current, name) => {
    const index = indexNamed(current, name);
    if (!index) return current;
    return withRelation(current, { ...index, columns: index.columns.map(maybe), mentions: index.mentions.map(swap) });
  }, changed);
}
