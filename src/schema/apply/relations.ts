import { splitName, withoutRelation, withRelation, withTable } from "../edit.ts";
import { mentionedColumns, namesEverything } from "../expressions.ts";
import { newRelationName, type SearchPath } from "../names.ts";
import { type Schema, tableNamed, type View } from "../schema.ts";
import { relationsRead } from "../relations-read.ts";
import type { ApplyTable } from "./apply-table.ts";

/** What the statements that make views, sequences and tables of queries do. */
export const applyRelation = {
  ViewStmt(schema, { view, query, replace }, { searchPath, migration }) {
    if (!view) return schema;
    const read = queryOf(schema, searchPath, query);
    // A view over a temporary relation is temporary, whatever it is called.
    const temporary = view.schemaname === undefined && read.reads.some((each) => splitName(each)[0] === "pg_temp");
    const name = newRelationName(searchPath, temporary ? { ...view, relpersistence: "t" } : view);
    const [ownSchema, bare] = splitName(name);
    const existing = schema.relations.get(name);
    return withRelation(schema, {
      kind: "view",
      schema: ownSchema,
      name: bare,
      ...read,
      indexes: [],
      ...(replace ? (existing?.created ? { created: existing.created } : {}) : { created: { migration } }),
      ...(replace && existing?.grantees ? { grantees: existing.grantees } : {}),
    });
  },
  CreateTableAsStmt(schema, { into, query, objtype, if_not_exists }, { searchPath, migration, complete }) {
    if (!into?.rel) return schema;
    const name = newRelationName(searchPath, into.rel);
    if (if_not_exists && schema.relations.has(name)) return schema;
    const [ownSchema, bare] = splitName(name);
    const origin = if_not_exists && !complete ? {} : { created: { migration } };
    if (objtype !== "OBJECT_MATVIEW")
      return withTable(withoutRelation(schema, name), name, () => ({
        ...origin,
        temporary: into.rel?.relpersistence === "t",
      }));
    return withRelation(schema, {
      kind: "materialized view",
      schema: ownSchema,
      name: bare,
      ...queryOf(schema, searchPath, query),
      indexes: [],
      ...origin,
    });
  },
  CreateSeqStmt(schema, { sequence, if_not_exists }, { searchPath, migration, complete }) {
    if (!sequence) return schema;
    const [ownSchema, name] = splitName(newRelationName(searchPath, sequence));
    return withRelation(schema, {
      kind: "sequence",
      schema: ownSchema,
      name,
      ...(if_not_exists && !complete ? {} : { created: { migration } }),
    });
  },
} satisfies ApplyTable;

/** What a view keeps of its query. */
function queryOf(schema: Schema, searchPath: SearchPath, query: unknown): Pick<View, "reads" | "mentions"> {
  const reads = relationsRead(schema, searchPath, query);
  const all = namesEverything(query)
    ? reads.flatMap((name) => tableNamed(schema, name)?.columns.map((column) => column.name) ?? [])
    : [];
  return { reads, mentions: [...new Set([...mentionedColumns(query), ...all])] };
}
