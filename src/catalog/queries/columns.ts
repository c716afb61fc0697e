import { grants } from "../grants.ts";
import { comment, options, words, type CatalogQuery, type ServerFacts } from "./query.ts";

const name = "r.name || '.' || quote_ident(a.attname)";
const type = "format_type(a.atttypid, a.atttypmod)";
const collation = `CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END`;
const columnDefault = `(SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum)`;
const columnGrants = grants("a.attacl", "acldefault('c', r.relowner)");
const columnComment = comment("pg_class", "a.attrelid", "a.attnum");
const columns = `relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid`;

/** -1 up to PostgreSQL 16, null since 17: the default. */
const statistics = `CASE WHEN a.attstattarget >= 0 THEN a.attstattarget::text END`;
const storage = `CASE WHEN a.attstorage <> t.typstorage THEN ${words("a.attstorage", {
  p: "plain",
  e: "external",
  m: "main",
  x: "extended",
})} END`;
const columnOptions = options("a.attoptions");

/**
 * Since PostgreSQL 18 every NOT NULL is a named constraint. It says no more than `nullable` unless it has a chosen name,
 * NO INHERIT, no validation, a comment, or is declared beside an inherited one.
 */
const notNullConstraint = `CASE WHEN n.conislocal AND (n.conname <> r.relname || '_' || a.attname || '_not_null' OR n.connoinherit
    OR NOT n.convalidated OR (n.coninhcount > 0 AND NOT r.relispartition) OR ${comment("pg_constraint", "n.oid")} IS NOT NULL)
  THEN concat_ws(' ', 'CONSTRAINT', quote_ident(n.conname), pg_get_constraintdef(n.oid),
    CASE WHEN n.coninhcount > 0 AND NOT r.relispartition THEN '(and inherited)' END,
    '(comment: ' || ${comment("pg_constraint", "n.oid")} || ')') END`;

const tableColumns = ({ major }: ServerFacts): CatalogQuery => ({
  kind: "column",
  name,
  relation: "r.name",
  attributes: {
    type,
    nullable: `CASE WHEN a.attnotnull THEN 'NO' ELSE 'YES' END`,
    "not null constraint": major >= 18 ? notNullConstraint : "NULL",
    default: `CASE WHEN a.atthasdef AND a.attgenerated = '' THEN ${columnDefault} END`,
    identity: words("a.attidentity", { a: "always", d: "by default" }),
    generated: `CASE WHEN a.attgenerated <> '' THEN ${columnDefault} || ${words("a.attgenerated", { s: " stored", v: " virtual" })} END`,
    collation,
    statistics,
    storage,
    compression: words("a.attcompression", { p: "pglz", l: "lz4" }),
    options: columnOptions,
    "foreign options": options("a.attfdwoptions"),
    inherited: `CASE WHEN a.attinhcount > 0 AND NOT r.relispartition THEN CASE WHEN a.attislocal THEN 'and declared here' ELSE 'yes' END END`,
    grants: columnGrants,
    comment: columnComment,
  },
  from: `${columns} ${
    major >= 18
      ? "LEFT JOIN pg_constraint n ON n.conrelid = a.attrelid AND n.contype = 'n' AND n.conkey = ARRAY[a.attnum] AND a.attnotnull"
      : ""
  } WHERE r.relkind IN ('r', 'p', 'f')`,
});

const compositeAttributes: CatalogQuery = {
  kind: "attribute",
  name,
  relation: "r.name",
  attributes: { type, collation, comment: columnComment },
  from: `${columns} WHERE r.relkind = 'c'`,
};

/** Columns of tables, and attributes of composite types. */
export const columnQueries = (server: ServerFacts): readonly CatalogQuery[] => [
  tableColumns(server),
  compositeAttributes,
];
