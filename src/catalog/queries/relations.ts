import { grants } from "../grants.ts";
import {
  columnOptionText,
  comment,
  flag,
  options,
  owner,
  reference,
  words,
  type CatalogQuery,
  type ServerFacts,
} from "./query.ts";

const persistence = words("r.relpersistence", { p: "permanent", u: "unlogged" });
const tablespace = `(SELECT quote_ident(spcname) FROM pg_tablespace WHERE oid = r.reltablespace)`;
const accessMethod = `(SELECT quote_ident(amname) FROM pg_am WHERE oid = r.relam)`;
const toastOptions = options(`(SELECT t.reloptions FROM pg_class t WHERE t.oid = r.reltoastrelid)`);
const ownedBy = { owner: owner("r.relowner") };
const about = {
  grants: grants("r.relacl", "acldefault('r', r.relowner)"),
  comment: comment("pg_class", "r.oid"),
};

const hierarchy = {
  "partition of": `CASE WHEN r.relispartition THEN (SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = r.oid) END`,
  "partition bound": `pg_get_expr(r.relpartbound, r.oid)`,
  inherits: `CASE WHEN NOT r.relispartition THEN (SELECT string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno) FROM pg_inherits WHERE inhrelid = r.oid) END`,
};

/** What a view's columns are is in its definition; this is what was added to them. */
const columnDetails = `(SELECT string_agg(concat_ws(' ', quote_ident(a.attname) || ':',
    'default ' || (SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum),
    'statistics ' || CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END,
    'storage ' || CASE WHEN r.relkind = 'm' AND a.attstorage <> (SELECT typstorage FROM pg_type WHERE oid = a.atttypid) THEN a.attstorage::text END,
    'compression ' || nullif(a.attcompression::text, ''),
    'options ' || ${columnOptionText("a.attoptions")},
    'grants ' || nullif(array_to_string(ARRAY(SELECT unnest(a.attacl)::text COLLATE "C" ORDER BY 1), ', '), ''),
    'comment ' || quote_literal(${comment("pg_class", "a.attrelid", "a.attnum")})), E'\\n' ORDER BY a.attname)
  FROM pg_attribute a WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND (a.atthasdef OR a.attacl <> '{}'
    OR a.attstattarget >= 0 OR ${columnOptionText("a.attoptions")} IS NOT NULL OR a.attcompression <> ''
    OR (r.relkind = 'm' AND a.attstorage <> (SELECT typstorage FROM pg_type WHERE oid = a.atttypid))
    OR ${comment("pg_class", "a.attrelid", "a.attnum")} IS NOT NULL))`;

const tables: CatalogQuery = {
  kind: "table",
  name: "r.name",
  attributes: {
    ...ownedBy,
    persistence,
    "partition key": `CASE WHEN r.relkind = 'p' THEN pg_get_partkeydef(r.oid) END`,
    ...hierarchy,
    "of type": reference("r.reloftype", "regtype"),
    "storage options": options("r.reloptions"),
    "toast options": toastOptions,
    tablespace,
    "access method": accessMethod,
    "replica identity": words("r.relreplident", { d: "default", n: "nothing", f: "full", i: "index" }),
    "row security": flag("r.relrowsecurity"),
    "forced row security": flag("r.relforcerowsecurity"),
    ...about,
  },
  from: `relation r WHERE r.relkind IN ('r', 'p')`,
};

const foreignTables: CatalogQuery = {
  kind: "foreign table",
  name: "r.name",
  attributes: {
    ...ownedBy,
    server: `(SELECT quote_ident(srvname) FROM pg_foreign_server WHERE oid = f.ftserver)`,
    options: options("f.ftoptions"),
    ...hierarchy,
    ...about,
  },
  from: `relation r JOIN pg_foreign_table f ON f.ftrelid = r.oid WHERE r.relkind = 'f'`,
};

const views: CatalogQuery = {
  kind: "view",
  name: "r.name",
  attributes: {
    ...ownedBy,
    definition: "pg_get_viewdef(r.oid)",
    options: options("r.reloptions"),
    "column details": columnDetails,
    ...about,
  },
  from: `relation r WHERE r.relkind = 'v'`,
};

const materializedViews: CatalogQuery = {
  kind: "materialized view",
  name: "r.name",
  attributes: {
    ...ownedBy,
    definition: "pg_get_viewdef(r.oid)",
    populated: flag("r.relispopulated"),
    "column details": columnDetails,
    "storage options": options("r.reloptions"),
    "toast options": toastOptions,
    tablespace,
    "access method": accessMethod,
    ...about,
  },
  from: `relation r WHERE r.relkind = 'm'`,
};

/** The position of a sequence is data and not read. The sequence of an identity column always has its table's owner. */
const sequences: CatalogQuery = {
  kind: "sequence",
  name: "r.name",
  relation: "o.refobjid::regclass::text",
  attributes: {
    owner: `CASE WHEN o.deptype IS DISTINCT FROM 'i' THEN ${owner("r.relowner")} END`,
    persistence,
    type: "format_type(s.seqtypid, NULL)",
    start: "s.seqstart::text",
    increment: "s.seqincrement::text",
    minimum: "s.seqmin::text",
    maximum: "s.seqmax::text",
    cache: "s.seqcache::text",
    cycle: flag("s.seqcycle"),
    "owned by": `o.refobjid::regclass::text || '.' || (SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = o.refobjid AND attnum = o.refobjsubid)`,
    identity: flag("coalesce(o.deptype = 'i', false)"),
    grants: grants("r.relacl", "acldefault('s', r.relowner)"),
    comment: comment("pg_class", "r.oid"),
  },
  from: `relation r JOIN pg_sequence s ON s.seqrelid = r.oid
    LEFT JOIN pg_depend o ON o.classid = 'pg_class'::regclass AND o.objid = r.oid AND o.objsubid = 0
      AND o.refclassid = 'pg_class'::regclass AND o.refobjsubid > 0 AND o.deptype IN ('a', 'i')
    WHERE r.relkind = 'S'`,
};

/** Tables, foreign tables, views, materialized views and sequences. */
export const relations = (_server: ServerFacts): readonly CatalogQuery[] => [
  tables,
  foreignTables,
  views,
  materializedViews,
  sequences,
];
