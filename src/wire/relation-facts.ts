import type { ExistingRelation, RelationKind } from "./recording.ts";

/** A relation as others see it: as of the last commit. */
export interface RelationFacts extends ExistingRelation {
  readonly oid: number;
  /** Without schema and quotes. */
  readonly name: string;
  /** Where its rows are; 0 when it has none of its own. */
  readonly filenode: number;
}

/** Columns of `pg_class c join pg_namespace n` that {@link relationFacts} reads. */
export const relationColumns = `c.oid::pg_catalog.int8,
  case when n.nspname operator(pg_catalog.~) '^pg_temp_' then 'pg_temp' else pg_catalog.quote_ident(n.nspname) end
    operator(pg_catalog.||) '.' operator(pg_catalog.||) pg_catalog.quote_ident(c.relname),
  c.relname, c.relkind, n.nspname, coalesce(pg_catalog.pg_relation_filenode(c.oid), 0)::pg_catalog.int8`;

const kinds: Readonly<Record<string, RelationKind>> = {
  r: "table",
  p: "partitioned table",
  i: "index",
  I: "partitioned index",
  S: "sequence",
  v: "view",
  m: "materialized view",
  f: "foreign table",
  c: "composite type",
  t: "TOAST table",
};

/** Reads one row of {@link relationColumns}, as text. */
export function relationFacts(row: readonly (string | null)[]): RelationFacts {
  const [oid, relation, name, kind, schema, filenode] = row as readonly string[];
  return {
    oid: Number(oid),
    relation: relation as string,
    name: name as string,
    // The indexes of TOAST tables live in their schema.
    kind: schema === "pg_toast" ? "TOAST table" : (kinds[kind as string] ?? "table"),
    filenode: Number(filenode),
  };
}
