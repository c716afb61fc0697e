import { grants } from "../grants.ts";
import {
  comment,
  flag,
  independent,
  owner,
  ownObject,
  reference,
  words,
  type CatalogQuery,
  type ServerFacts,
} from "./query.ts";

const name = "s.name || '.' || quote_ident(t.typname)";
const own = `schema s JOIN pg_type t ON t.typnamespace = s.oid AND ${ownObject("pg_type", "t.oid")}`;
const about = {
  owner: owner("t.typowner"),
  grants: grants("t.typacl", "acldefault('T', t.typowner)"),
  comment: comment("pg_type", "t.oid"),
};
const collation = (oid: string): string => `CASE WHEN ${oid} NOT IN (0, 100) THEN ${oid}::regcollation::text END`;

const enums: CatalogQuery = {
  kind: "type",
  name,
  attributes: {
    form: "'enum'",
    labels: `(SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid)`,
    ...about,
  },
  from: `${own} WHERE t.typtype = 'e'`,
};

const composites: CatalogQuery = {
  kind: "type",
  name,
  attributes: { form: "'composite'", ...about },
  from: `${own} JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c' WHERE t.typtype = 'c'`,
};

const ranges: CatalogQuery = {
  kind: "type",
  name,
  attributes: {
    form: "'range'",
    subtype: "format_type(g.rngsubtype, NULL)",
    "operator class": `(SELECT o.opcnamespace::regnamespace || '.' || quote_ident(o.opcname) FROM pg_opclass o WHERE o.oid = g.rngsubopc)`,
    collation: collation("g.rngcollation"),
    "canonical function": reference("g.rngcanonical::oid", "regproc"),
    "difference function": reference("g.rngsubdiff::oid", "regproc"),
    multirange: "g.rngmultitypid::regtype::text",
    ...about,
  },
  from: `${own} JOIN pg_range g ON g.rngtypid = t.oid WHERE t.typtype = 'r'`,
};

/** Every type has an array type beside it, which is not listed. */
const baseTypes: CatalogQuery = {
  kind: "type",
  name,
  attributes: {
    form: `CASE WHEN t.typisdefined THEN 'base' ELSE 'shell' END`,
    length: "t.typlen::text",
    "by value": flag("t.typbyval"),
    alignment: "t.typalign::text",
    storage: "t.typstorage::text",
    category: "t.typcategory::text",
    preferred: flag("t.typispreferred"),
    delimiter: "t.typdelim::text",
    element: reference("t.typelem", "regtype"),
    collatable: flag("t.typcollation <> 0"),
    default: "t.typdefault",
    input: reference("t.typinput::oid", "regproc"),
    output: reference("t.typoutput::oid", "regproc"),
    receive: reference("t.typreceive::oid", "regproc"),
    send: reference("t.typsend::oid", "regproc"),
    "modifier input": reference("t.typmodin::oid", "regproc"),
    "modifier output": reference("t.typmodout::oid", "regproc"),
    analyze: reference("t.typanalyze::oid", "regproc"),
    subscript: reference("t.typsubscript::oid", "regproc"),
    ...about,
  },
  from: `${own} WHERE (t.typtype = 'b' AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid))
    OR (t.typtype = 'p' AND NOT t.typisdefined)`,
};

const domains: CatalogQuery = {
  kind: "domain",
  name,
  attributes: {
    type: "format_type(t.typbasetype, t.typtypmod)",
    nullable: `CASE WHEN t.typnotnull THEN 'NO' ELSE 'YES' END`,
    // Since PostgreSQL 17 a domain's NOT NULL is a constraint too.
    "not null constraint": `CASE WHEN t.typnotnull THEN (
      SELECT concat_ws(' ', 'CONSTRAINT', quote_ident(k.conname), pg_get_constraintdef(k.oid), '(comment: ' || ${comment("pg_constraint", "k.oid")} || ')')
      FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'n'
        AND (k.conname <> t.typname || '_not_null' OR ${comment("pg_constraint", "k.oid")} IS NOT NULL)) END`,
    default: "coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault)",
    collation: `CASE WHEN t.typcollation <> (SELECT typcollation FROM pg_type WHERE oid = t.typbasetype) THEN t.typcollation::regcollation::text END`,
    ...about,
  },
  from: `${own} WHERE t.typtype = 'd'`,
};

const collations = ({ major }: ServerFacts): CatalogQuery => ({
  kind: "collation",
  name: "s.name || '.' || quote_ident(c.collname)",
  attributes: {
    owner: owner("c.collowner"),
    provider: words("c.collprovider", { c: "libc", i: "icu", b: "builtin", d: "default" }),
    deterministic: flag("c.collisdeterministic"),
    lc_collate: "c.collcollate::text",
    lc_ctype: "c.collctype::text",
    locale: major >= 17 ? "c.colllocale" : major >= 15 ? "c.colliculocale" : "NULL",
    rules: major >= 16 ? "c.collicurules" : "NULL",
    comment: comment("pg_collation", "c.oid"),
  },
  from: `schema s JOIN pg_collation c ON c.collnamespace = s.oid WHERE ${ownObject("pg_collation", "c.oid")}`,
});

const conversions: CatalogQuery = {
  kind: "conversion",
  name: "s.name || '.' || quote_ident(c.conname)",
  attributes: {
    owner: owner("c.conowner"),
    for: "pg_encoding_to_char(c.conforencoding)::text",
    to: "pg_encoding_to_char(c.contoencoding)::text",
    function: "c.conproc::text",
    default: flag("c.condefault"),
    comment: comment("pg_conversion", "c.oid"),
  },
  from: `schema s JOIN pg_conversion c ON c.connamespace = s.oid WHERE ${ownObject("pg_conversion", "c.oid")}`,
};

const casts: CatalogQuery = {
  kind: "cast",
  name: `'(' || format_type(c.castsource, NULL) || ' AS ' || format_type(c.casttarget, NULL) || ')'`,
  attributes: {
    function: reference("c.castfunc", "regprocedure"),
    method: words("c.castmethod", { f: "function", i: "inout", b: "binary" }),
    context: words("c.castcontext", { e: "explicit", a: "assignment", i: "implicit" }),
    comment: comment("pg_cast", "c.oid"),
  },
  // Below are the casts that PostgreSQL itself brings.
  from: `pg_cast c WHERE c.oid >= 16384 AND ${ownObject("pg_cast", "c.oid")} AND ${independent("pg_cast", "c.oid")}`,
};

/** Types, domains, collations, conversions and casts. */
export const types = (server: ServerFacts): readonly CatalogQuery[] => [
  enums,
  composites,
  ranges,
  baseTypes,
  domains,
  collations(server),
  conversions,
  casts,
];
