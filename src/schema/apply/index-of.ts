import { columnNamed, type IndexStmt } from "../../sql/syntax.ts";
import { splitName, withIndex } from "../edit.ts";
import { relationName } from "../names.ts";
import type { Place } from "../place.ts";
import { type Index, qualified, type Schema } from "../schema.ts";
import { calledFunctions, mentionedColumns } from "../expressions.ts";

/** The schema after a `CREATE INDEX`. */
export function applyIndex(schema: Schema, statement: IndexStmt, place: Place): Schema {
  const index = indexOf(schema, statement, place);
  if (!index || (statement.if_not_exists && schema.relations.has(qualified(index.schema, index.name)))) return schema;
  return withIndex(schema, index);
}

/** An index as the model keeps it. */
export function indexOf(schema: Schema, statement: IndexStmt, place: Place): Index | undefined {
  const { relation, idxname, indexParams = [], unique, whereClause, if_not_exists } = statement;
  if (!relation) return undefined;
  const table = relationName(schema, place.searchPath, relation);
  const [ownSchema, bare] = splitName(table);
  const columns = indexParams.map((element) => ("IndexElem" in element ? columnNamed(element.IndexElem) : undefined));
  const name = idxname ?? [bare, ...columns.map((column) => column ?? "expr"), "idx"].join("_");
  return {
    kind: "index" as const,
    schema: ownSchema,
    name,
    table,
    columns,
    unique: unique ?? false,
    partial: whereClause !== undefined,
    mentions: mentionedColumns([indexParams, whereClause]),
    calls: calledFunctions([indexParams, whereClause]),
    method: statement.accessMethod ?? "btree",
    ofConstraint: false,
    ...(if_not_exists && !place.complete ? {} : { created: { migration: place.migration } }),
  };
}
