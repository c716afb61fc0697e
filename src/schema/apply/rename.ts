import { type BodyOf, nameParts, type Node } from "../../sql/syntax.ts";
import { renamed, splitName, withRelation, withTable } from "../edit.ts";
import { objectNameOf, relationName } from "../names.ts";
import type { Place } from "../place.ts";
import { renaming } from "../renaming.ts";
import { indexNamed, qualified, type Schema, tableNamed, withDescendants } from "../schema.ts";
import { isType, tablesWithType } from "../users.ts";

/** The schema after a `RENAME`. */
export function applyRename(schema: Schema, statement: BodyOf<"RenameStmt">, place: Place): Schema {
  const { renameType, relation, subname = "", newname = "", object } = statement;
  const swap = (text: string): string => (text === subname ? newname : text);
  if (!relation) {
    const ofType = renameType === "OBJECT_TYPE" || renameType === "OBJECT_DOMAIN";
    return ofType && object && "List" in object
      ? typeUnderNewName(schema, nameParts(object.List.items), newname, place)
      : schema;
  }
  const name = relationName(schema, place.searchPath, relation);
  switch (renameType) {
    case "OBJECT_COLUMN":
      return (relation.inh ? withDescendants(schema, name) : [name]).reduce(
        (current, table) => columnUnderNewName(current, table, swap),
        schema,
      );
    case "OBJECT_TABCONSTRAINT":
      return withTable(schema, name, ({ constraints }) => ({
        constraints: constraints.map((constraint) => ({ ...constraint, name: swap(constraint.name) })),
      }));
    default:
      return underNewName(schema, { RenameStmt: statement }, place);
  }
}

/** The schema after a `SET SCHEMA`. */
export const applyMove = (schema: Schema, statement: BodyOf<"AlterObjectSchemaStmt">, place: Place): Schema =>
  underNewName(schema, { AlterObjectSchemaStmt: statement }, place);

function underNewName(schema: Schema, node: Node, place: Place): Schema {
  const names = renaming(schema, node, place);
  return names ? renamed(schema, names.from, ...splitName(names.to)) : schema;
}

function typeUnderNewName(schema: Schema, parts: readonly string[], newName: string, { searchPath }: Place): Schema {
  const name = objectNameOf(schema.types, searchPath, parts);
  const type = schema.types.get(name);
  if (!type) return schema;
  const types = schema.types.delete(name).set(qualified(type.schema, newName), { ...type, name: newName });
  return tablesWithType(schema, { searchPath }, name).reduce(
    (current, table) =>
      withTable(current, table, ({ columns }) => ({
        columns: columns.map((column) =>
          column.type && isType(schema, searchPath, column.type, name)
            ? { ...column, type: { ...column.type, name: newName } }
            : column,
        ),
      })),
    { ...schema, types },
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
