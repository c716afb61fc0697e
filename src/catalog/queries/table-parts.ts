import { comment, flag, options, ownObject, words, type CatalogQuery, type ServerFacts } from "./query.ts";

const indexStatistics = (index: string): string =>
  `(SELECT string_agg(attnum || ': ' || attstattarget, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = ${index} AND attstattarget >= 0)`;
const tablespace = (oid: string): string => `(SELECT quote_ident(spcname) FROM pg_tablespace WHERE oid = ${oid})`;
const parentIndex = (index: string): string =>
  `(SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = ${index})`;

const state = (major: number) => ({
  definition: "pg_get_constraintdef(k.oid)",
  validated: flag("k.convalidated"),
  deferrable: `CASE WHEN NOT k.condeferrable THEN 'no' WHEN k.condeferred THEN 'initially deferred' ELSE 'initially immediate' END`,
  enforced: major >= 18 ? flag("k.conenforced") : "'yes'",
});

/** A check that comes from a parent table only, and what partitioning made of a foreign key, stand for nothing of their own. */
const tableConstraints = ({ major }: ServerFacts): CatalogQuery => ({
  kind: "constraint",
  name: "r.name || '.' || quote_ident(k.conname)",
  relation: "r.name",
  attributes: {
    ...state(major),
    // What DISABLE TRIGGER ALL does to a foreign key: it stands there, and nothing looks at it.
    triggers: `(SELECT 'disabled' FROM pg_trigger g WHERE g.tgisinternal AND g.tgconstraint = k.oid AND g.tgenabled <> 'O' LIMIT 1)`,
    inherited: `CASE WHEN k.coninhcount > 0 AND NOT r.relispartition THEN 'and declared here' END`,
    "index options": options("c.reloptions"),
    "index tablespace": tablespace("c.reltablespace"),
    "index valid": `CASE WHEN i.indisvalid THEN 'yes' WHEN NOT i.indisvalid THEN 'no' END`,
    clustered: `CASE WHEN i.indisclustered THEN 'yes' END`,
    "replica identity": `CASE WHEN i.indisreplident THEN 'yes' END`,
    "index statistics": `CASE WHEN i.indexprs IS NOT NULL THEN ${indexStatistics("i.indexrelid")} END`,
    "partition of": `CASE WHEN c.relispartition THEN ${parentIndex("c.oid")} END`,
    "index comment": `CASE WHEN c.oid IS NOT NULL THEN ${comment("pg_class", "c.oid")} END`,
    comment: comment("pg_constraint", "k.oid"),
  },
  from: `relation r JOIN pg_constraint k ON k.conrelid = r.oid
    LEFT JOIN pg_index i ON k.contype IN ('p', 'u', 'x') AND i.indexrelid = k.conindid
    LEFT JOIN pg_class c ON c.oid = i.indexrelid
    WHERE k.contype IN ('p', 'u', 'x') OR (k.contype = 'c' AND k.conislocal) OR (k.contype = 'f' AND k.conparentid = 0)`,
});

/** A domain's NOT NULL is an attribute of the domain. */
const domainConstraints = ({ major }: ServerFacts): CatalogQuery => ({
  kind: "domain constraint",
  name: "s.name || '.' || quote_ident(t.typname) || '.' || quote_ident(k.conname)",
  relation: "s.name || '.' || quote_ident(t.typname)",
  attributes: { ...state(major), comment: comment("pg_constraint", "k.oid") },
  from: `schema s JOIN pg_type t ON t.typnamespace = s.oid JOIN pg_constraint k ON k.contypid = t.oid
    WHERE t.typtype = 'd' AND ${ownObject("pg_type", "t.oid")} AND k.contype = 'c'`,
});

/** An index that serves a constraint is part of the constraint. */
const indexes: CatalogQuery = {
  kind: "index",
  name: "(SELECT n.name FROM schema n WHERE n.oid = c.relnamespace) || '.' || quote_ident(c.relname)",
  relation: "r.name",
  attributes: {
    definition: "pg_get_indexdef(i.indexrelid)",
    tablespace: tablespace("c.reltablespace"),
    valid: flag("i.indisvalid"),
    ready: flag("i.indisready"),
    clustered: `CASE WHEN i.indisclustered THEN 'yes' END`,
    "replica identity": `CASE WHEN i.indisreplident THEN 'yes' END`,
    statistics: `CASE WHEN i.indexprs IS NOT NULL THEN ${indexStatistics("i.indexrelid")} END`,
    "partition of": `CASE WHEN c.relispartition THEN ${parentIndex("c.oid")} END`,
    comment: comment("pg_class", "c.oid"),
  },
  from: `relation r JOIN pg_index i ON i.indrelid = r.oid JOIN pg_class c ON c.oid = i.indexrelid
    WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x'))`,
};

const triggers: CatalogQuery = {
  kind: "trigger",
  name: "r.name || '.' || quote_ident(g.tgname)",
  relation: "r.name",
  attributes: {
    definition: "pg_get_triggerdef(g.oid)",
    enabled: words("g.tgenabled", { O: "yes", D: "no", R: "on replica", A: "always" }),
    "partition of": `(SELECT p.tgrelid::regclass || '.' || quote_ident(p.tgname) FROM pg_trigger p WHERE p.oid = g.tgparentid)`,
    comment: comment("pg_trigger", "g.oid"),
  },
  // Before PostgreSQL 15 a partition's copy of a trigger is marked as internal.
  from: `relation r JOIN pg_trigger g ON g.tgrelid = r.oid
    WHERE (g.tgparentid = 0 AND NOT g.tgisinternal) OR (g.tgparentid <> 0 AND g.tgconstraint = 0)`,
};

const rules: CatalogQuery = {
  kind: "rule",
  name: "r.name || '.' || quote_ident(w.rulename)",
  relation: "r.name",
  attributes: {
    definition: "pg_get_ruledef(w.oid)",
    enabled: words("w.ev_enabled", { O: "yes", D: "no", R: "on replica", A: "always" }),
    comment: comment("pg_rewrite", "w.oid"),
  },
  from: `relation r JOIN pg_rewrite w ON w.ev_class = r.oid WHERE w.rulename <> '_RETURN'`,
};

const policies: CatalogQuery = {
  kind: "policy",
  name: "r.name || '.' || quote_ident(p.polname)",
  relation: "r.name",
  attributes: {
    command: words("p.polcmd", { r: "SELECT", a: "INSERT", w: "UPDATE", d: "DELETE", "*": "ALL" }),
    permissive: flag("p.polpermissive"),
    roles: `CASE WHEN p.polroles = '{0}' THEN 'PUBLIC' ELSE (SELECT string_agg(quote_ident(rolname), ', ' ORDER BY rolname COLLATE "C") FROM pg_roles WHERE oid = ANY (p.polroles)) END`,
    using: "pg_get_expr(p.polqual, p.polrelid)",
    "with check": "pg_get_expr(p.polwithcheck, p.polrelid)",
    comment: comment("pg_policy", "p.oid"),
  },
  from: `relation r JOIN pg_policy p ON p.polrelid = r.oid`,
};

const statistics: CatalogQuery = {
  kind: "statistics object",
  name: "s.name || '.' || quote_ident(x.stxname)",
  relation: "r.name",
  attributes: {
    owner: "quote_ident(pg_get_userbyid(x.stxowner))",
    definition: "pg_get_statisticsobjdef(x.oid)",
    target: "CASE WHEN x.stxstattarget >= 0 THEN x.stxstattarget::text END",
    comment: comment("pg_statistic_ext", "x.oid"),
  },
  from: `schema s JOIN pg_statistic_ext x ON x.stxnamespace = s.oid JOIN relation r ON r.oid = x.stxrelid`,
};

/** What belongs to a table or a domain beside its columns. */
export const tableParts = (server: ServerFacts): readonly CatalogQuery[] => [
  tableConstraints(server),
  domainConstraints(server),
  indexes,
  triggers,
  rules,
  policies,
  statistics,
];
