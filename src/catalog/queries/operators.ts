import { comment, flag, owner, ownObject, reference, type CatalogQuery, type ServerFacts } from "./query.ts";

const operators: CatalogQuery = {
  kind: "operator",
  name: "o.oid::regoperator::text",
  attributes: {
    owner: owner("o.oprowner"),
    function: reference("o.oprcode::oid", "regprocedure"),
    commutator: reference("o.oprcom", "regoperator"),
    negator: reference("o.oprnegate", "regoperator"),
    "restriction estimator": reference("o.oprrest::oid", "regproc"),
    "join estimator": reference("o.oprjoin::oid", "regproc"),
    hashes: flag("o.oprcanhash"),
    merges: flag("o.oprcanmerge"),
    comment: comment("pg_operator", "o.oid"),
  },
  from: `schema s JOIN pg_operator o ON o.oprnamespace = s.oid AND ${ownObject("pg_operator", "o.oid")}`,
};

const classOf = (catalog: string, oid: string): string =>
  `coalesce((SELECT ' of class ' || quote_ident(oc.opcname) FROM pg_depend d JOIN pg_opclass oc ON oc.oid = d.refobjid
    WHERE d.classid = '${catalog}'::regclass AND d.objid = ${oid} AND d.refclassid = 'pg_opclass'::regclass), '')`;

/** Operators and support functions of a family, with the class each belongs to. */
const members = `(SELECT string_agg(line, E'\\n' ORDER BY line COLLATE "C") FROM (
  SELECT 'operator ' || m.amopstrategy || ' ' || m.amopopr::regoperator
    || CASE WHEN m.amopsortfamily <> 0 THEN ' for order by ' || (SELECT opfnamespace::regnamespace || '.' || quote_ident(opfname) FROM pg_opfamily WHERE oid = m.amopsortfamily) ELSE '' END
    || ${classOf("pg_amop", "m.oid")} AS line FROM pg_amop m WHERE m.amopfamily = f.oid
  UNION ALL
  SELECT 'function ' || m.amprocnum || ' (' || m.amproclefttype::regtype || ', ' || m.amprocrighttype::regtype || ') ' || m.amproc::regprocedure
    || ${classOf("pg_amproc", "m.oid")} FROM pg_amproc m WHERE m.amprocfamily = f.oid) member)`;

const families: CatalogQuery = {
  kind: "operator family",
  name: "s.name || '.' || quote_ident(f.opfname) || ' USING ' || quote_ident(a.amname)",
  attributes: { owner: owner("f.opfowner"), members, comment: comment("pg_opfamily", "f.oid") },
  from: `schema s JOIN pg_opfamily f ON f.opfnamespace = s.oid AND ${ownObject("pg_opfamily", "f.oid")}
    JOIN pg_am a ON a.oid = f.opfmethod`,
};

const classes: CatalogQuery = {
  kind: "operator class",
  name: "s.name || '.' || quote_ident(c.opcname) || ' USING ' || quote_ident(a.amname)",
  attributes: {
    owner: owner("c.opcowner"),
    type: "format_type(c.opcintype, NULL)",
    storage: `CASE WHEN c.opckeytype <> 0 THEN format_type(c.opckeytype, NULL) END`,
    default: flag("c.opcdefault"),
    family: "f.opfnamespace::regnamespace || '.' || quote_ident(f.opfname)",
    comment: comment("pg_opclass", "c.oid"),
  },
  from: `schema s JOIN pg_opclass c ON c.opcnamespace = s.oid AND ${ownObject("pg_opclass", "c.oid")}
    JOIN pg_opfamily f ON f.oid = c.opcfamily JOIN pg_am a ON a.oid = c.opcmethod`,
};

const accessMethods: CatalogQuery = {
  kind: "access method",
  name: "quote_ident(a.amname)",
  attributes: {
    type: "a.amtype::text",
    handler: "a.amhandler::text",
    comment: comment("pg_am", "a.oid"),
  },
  from: `pg_am a WHERE a.oid >= 16384 AND ${ownObject("pg_am", "a.oid")}`,
};

/** Operators, operator families and classes, and access methods. */
export const operatorQueries = (_server: ServerFacts): readonly CatalogQuery[] => [
  operators,
  families,
  classes,
  accessMethods,
];
