import type { Node } from "../sql/syntax.ts";
import { splitName } from "./edit.ts";
import { relationName } from "./names.ts";
import type { Place } from "./place.ts";
import { qualified, type Schema } from "./schema.ts";

/** The names of a relation before and after a statement that renames it or moves it to another schema. */
export function renaming(
  schema: Schema,
  node: Node,
  { searchPath }: Pick<Place, "searchPath">,
): { readonly from: string; readonly to: string } | undefined {
  if ("AlterObjectSchemaStmt" in node) {
    const { relation, newschema, objectType } = node.AlterObjectSchemaStmt;
    if (!relation || newschema === undefined || !objectType) return undefined;
    const from = relationName(schema, searchPath, relation);
    return { from, to: qualified(newschema, splitName(from)[1]) };
  }
  if (!("RenameStmt" in node)) return undefined;
  const { renameType, relation, newname = "" } = node.RenameStmt;
  if (!relation || !renameType || partsOfTable.has(renameType)) return undefined;
  const from = relationName(schema, searchPath, relation);
  return { from, to: qualified(splitName(from)[0], newname) };
}

const partsOfTable = new Set([
  "OBJECT_COLUMN",
  "OBJECT_TABCONSTRAINT",
  "OBJECT_TRIGGER",
  "OBJECT_RULE",
  "OBJECT_POLICY",
]);
