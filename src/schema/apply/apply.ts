import { type BodyOf, type Node, nodeKind } from "../../sql/syntax.ts";
import type { Place } from "../place.ts";
import type { Schema } from "../schema.ts";
import { applyAlterTable } from "./alter-table.ts";
import type { ApplyTable } from "./apply-table.ts";
import { applyCreateTable } from "./create-table.ts";
import { applyDrop } from "./drop.ts";
import { applyGrants } from "./grants.ts";
import { applyIndex } from "./index-of.ts";
import { applyRelation } from "./relations.ts";
import { applyMove, applyRename } from "./rename.ts";
import { applyRoutine } from "./routines.ts";
import { applyTablePart } from "./triggers.ts";
import { applyType } from "./types.ts";

/** One entry for each kind of statement that makes a difference to the model. */
const statements: ApplyTable = {
  ...applyRelation,
  ...applyTablePart,
  ...applyRoutine,
  ...applyType,
  ...applyGrants,
  CreateStmt: (schema, statement, place) => applyCreateTable(schema, statement, place),
  CreateForeignTableStmt: (schema, { base }, place) =>
    base ? applyCreateTable(schema, base, place, "foreign") : schema,
  AlterTableStmt: applyAlterTable,
  IndexStmt: applyIndex,
  CreateSchemaStmt(schema, { schemaname, schemaElts = [] }, place) {
    if (schemaname === undefined) return schema;
    const { searchPath, migration } = place;
    const made = { ...schema, schemas: schema.schemas.set(schemaname, { migration }) };
    const inside = { ...place, searchPath: [schemaname, ...searchPath] };
    return schemaElts.reduce((current, element) => applyStatement(current, element, inside), made);
  },
  RenameStmt: applyRename,
  AlterObjectSchemaStmt: applyMove,
  DropStmt: applyDrop,
};

/** The schema after a statement, as far as its text tells. Statements that make no difference to the model give the same schema. */
export function applyStatement(schema: Schema, node: Node, place: Place): Schema {
  const kind = nodeKind(node);
  const apply = statements[kind] as ((schema: Schema, body: unknown, place: Place) => Schema) | undefined;
  return apply
    ? apply(schema, (node as Readonly<Record<string, unknown>>)[kind] as BodyOf<typeof kind>, place)
    : schema;
}
