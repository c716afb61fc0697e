import type { ExistingRelation, RelationKind } from "./recording.ts";

/** A relation as others see it: as of the last commit. */
export interface RelationFacts extends ExistingRelation {
  readonly oid: number;
  /** Without schema and quotes. */
  readonly name: string;
  /** Where its rows are; 0 when it has none of its own. */
  readonly filenode: number;
}

/** Columns of `pg_class c` that {@link relationFacts} reads. Schemas are looked up: a join would cost more than all the rest. */
export const relationColumns = `c.oid, c.relnamespace::pg_catalog.regnamespace, pg_catalog.quote_ident(c.relname), c.relname, c.relkind, c.relfilenode`;

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
  const [oid, schema = "", quoted, name, kind, filenode] = row as readonly string[];
  return {
    oid: Number(oid),
    relation: `${schema.startsWith("pg_temp_") ? "pg_temp" : schema}.${quoted}`,
    name: name as string,
    // The indexes of TOAST tables live in their schema.
    kind: schema === "pg_toast" ? "TOAST table" : (kinds[kind as string] ?? "table"),
    filenode: Number(filenode),
  };
}
