import { hash } from "node:crypto";
import { changedGrants } from "./queries/changed-grants.ts";
import { columnQueries } from "./queries/columns.ts";
import { databaseQueries } from "./queries/database.ts";
import { foreignData } from "./queries/foreign-data.ts";
import { operatorQueries } from "./queries/operators.ts";
import type { CatalogQuery, ServerFacts } from "./queries/query.ts";
import { relations } from "./queries/relations.ts";
import { replication } from "./queries/replication.ts";
import { routines } from "./queries/routines.ts";
import { tableParts } from "./queries/table-parts.ts";
import { textSearch } from "./queries/text-search.ts";
import { types } from "./queries/types.ts";

/** The queries of a whole catalog, in the order that the rows of {@link wholeCatalog} number them by. */
export const catalogQueries = (server: ServerFacts): readonly CatalogQuery[] =>
  [
    databaseQueries,
    relations,
    columnQueries,
    tableParts,
    routines,
    types,
    operatorQueries,
    textSearch,
    foreignData,
    replication,
    changedGrants,
  ].flatMap((queries) => queries(server));

/**
 * One statement for all. A row is the number of the relation that it is about, none where it is about none, and a JSON array:
 * the number of its query, name, relation, then the attributes in order.
 */
export const wholeCatalog = (queries: readonly CatalogQuery[]): string =>
  `WITH ${common("true")}\n${branches(queries, () => true)}`;

/** Tells ways to read a catalog apart: what two of them give cannot be compared. `major`: the server's version. */
export const readingOf = (major: number): string =>
  hash("sha256", `${major} ${wholeCatalog(catalogQueries({ major, superuser: true }))}`).slice(0, 16);

/**
 * The same for what is about some relations alone: those whose numbers are the parameter, an `oid[]`, and all that depend on
 * them, because what is printed of those names them. PostgreSQL keeps track of that, or it could not refuse to drop them:
 * https://www.postgresql.org/docs/18/catalog-pg-depend.html. A row without JSON says that something depends on them which
 * is no part of a relation.
 */
export const partOfCatalog = (queries: readonly CatalogQuery[]): string => `WITH touched AS MATERIALIZED (
      SELECT 'pg_class'::regclass::oid AS class, oid FROM unnest($1) oid
      UNION ALL SELECT 'pg_class'::regclass, indexrelid FROM pg_index WHERE indrelid = ANY ($1)
      UNION ALL SELECT 'pg_type'::regclass, unnest(ARRAY[t.oid, t.typarray]) FROM pg_class c JOIN pg_type t ON t.oid = c.reltype WHERE c.oid = ANY ($1)
    ), dependent AS MATERIALIZED (
      SELECT d.class, d.oid FROM touched t CROSS JOIN LATERAL (
        SELECT classid AS class, objid AS oid FROM pg_depend WHERE refclassid = t.class AND refobjid = t.oid OFFSET 0) d
      WHERE (d.class, d.oid) NOT IN (SELECT class, oid FROM touched)
    ), part AS MATERIALIZED (
      SELECT d.class, d.oid, CASE d.class
        WHEN 'pg_class'::regclass THEN coalesce((SELECT indrelid FROM pg_index WHERE indexrelid = d.oid), d.oid)
        ${parts.map(([catalog, relation]) => `WHEN '${catalog}'::regclass THEN (SELECT ${relation} FROM ${catalog} p WHERE p.oid = d.oid)`).join("\n        ")}
        END AS relation FROM dependent d
    ), ${common("(c.oid = ANY ($1) OR c.oid IN (SELECT relation FROM part))")}
    ${branches(queries, isAboutRelations)}
    UNION ALL SELECT NULL, NULL FROM part WHERE coalesce(relation, 0) = 0`;

/** What belongs to a relation, with the column that says to which. */
const parts = [
  ["pg_attrdef", "adrelid"],
  ["pg_constraint", "conrelid"],
  ["pg_policy", "polrelid"],
  ["pg_publication_rel", "prrelid"],
  ["pg_rewrite", "ev_class"],
  ["pg_statistic_ext", "stxrelid"],
  ["pg_trigger", "tgrelid"],
] as const;

const isAboutRelations = ({ from }: CatalogQuery): boolean => /\brelation r\b/.test(from);

const common = (condition: string): string => `schema AS MATERIALIZED (
      SELECT oid, quote_ident(nspname) AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    ), member AS MATERIALIZED (
      SELECT classid, objid FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
    ), relation AS MATERIALIZED (
      SELECT c.*, s.name || '.' || quote_ident(c.relname) AS name FROM schema s JOIN pg_class c ON c.relnamespace = s.oid
      WHERE c.relkind NOT IN ('i', 'I', 't') AND ${condition} AND c.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_class'::regclass)
    )`;

function branches(queries: readonly CatalogQuery[], wanted: (query: CatalogQuery) => boolean): string {
  return queries
    .flatMap((query, index) => {
      if (!wanted(query)) return [];
      const { name, relation, attributes, from } = query;
      const values = Object.values(attributes).map((source) => (typeof source === "string" ? source : source.sql));
      const row = [`'${index}'`, name, relation ?? "NULL", ...values].join(", ");
      const about = isAboutRelations(query) ? "r.oid::text" : "NULL";
      return `SELECT ${about}, array_to_json(ARRAY[${row}]::text[])::text FROM ${from}`;
    })
    .join("\nUNION ALL\n");
}
