import type { ServerFacts } from "./queries/query.ts";

/** What tells a later reading what was written since. */
export interface Marks {
  /** Number of the oldest transaction under way: what is written from now on has this number or a later one. */
  readonly horizon: string;
  /** How many rows each catalog has that tell of something other than relations. */
  readonly counts: string;
  /** How many rows tell of each relation; by its number. */
  readonly relations: ReadonlyMap<string, string>;
}

/** Numbers below belong to what PostgreSQL itself brings. */
const firstOwn = 16_384;

/**
 * Catalogs that tell of something other than relations, and the condition on `x` where only some of their rows do. What
 * PostgreSQL itself brings is shown by its privileges, and by its name where something else refers to it.
 */
const otherCatalogs = ({ major }: ServerFacts): readonly (readonly [catalog: string, condition: string])[] => [
  ...[
    "pg_am pg_auth_members pg_authid pg_collation pg_database pg_db_role_setting pg_default_acl pg_enum pg_event_trigger",
    "pg_extension pg_foreign_data_wrapper pg_foreign_server pg_init_privs pg_language pg_namespace pg_opclass pg_operator",
    "pg_opfamily pg_proc pg_publication pg_range pg_seclabel pg_shdescription pg_shseclabel pg_subscription pg_tablespace",
    "pg_transform pg_ts_config pg_ts_dict pg_ts_parser pg_ts_template pg_user_mapping",
    ...(major >= 15 ? ["pg_parameter_acl pg_publication_namespace"] : []),
  ].flatMap((catalogs) => catalogs.split(" ").map((catalog) => [catalog, "true"] as const)),
  ["pg_aggregate", `x.aggfnoid >= ${firstOwn}`],
  ["pg_amop", `x.oid >= ${firstOwn}`],
  ["pg_amproc", `x.oid >= ${firstOwn}`],
  ["pg_cast", `x.oid >= ${firstOwn}`],
  ["pg_conversion", `x.oid >= ${firstOwn}`],
  ["pg_ts_config_map", `x.mapcfg >= ${firstOwn}`],
  // What an extension brought is shown by its privileges alone.
  ["pg_attribute", `x.attrelid < ${firstOwn} OR x.attrelid IN (SELECT oid FROM member)`],
  ["pg_class", `x.oid < ${firstOwn} OR x.oid IN (SELECT oid FROM member)`],
  ["pg_constraint", "x.conrelid = 0"],
  // What belongs to an extension or depends on one, and what functions, casts and operator classes are made of.
  [
    "pg_depend",
    `x.refclassid = 'pg_extension'::regclass OR x.classid IN ('pg_amop'::regclass, 'pg_amproc'::regclass, 'pg_cast'::regclass, 'pg_proc'::regclass)`,
  ],
  ["pg_description", `x.objoid >= ${firstOwn} AND x.classoid <> 'pg_class'::regclass`],
  ["pg_namespace n, pg_description", "x.objoid = n.oid"],
  ["pg_extension e, pg_description", "x.objoid = e.oid"],
  // The types of tables and of arrays come and go with what they are of.
  ["pg_type", `x.oid < ${firstOwn}`],
  [
    "pg_type",
    `x.oid >= ${firstOwn} AND (x.typtype <> 'c' OR EXISTS (SELECT FROM pg_class c WHERE c.oid = x.typrelid AND c.relkind = 'c'))
      AND NOT EXISTS (SELECT FROM pg_type e WHERE e.oid = x.typelem AND e.typarray = x.oid)`,
  ],
];

/** Rows `x` that tell of a relation, or of an index or a TOAST table by its own number. */
const relationRows: readonly (readonly [relation: string, from: string])[] = [
  ["x.oid", `pg_class x WHERE x.oid >= ${firstOwn}`],
  ["x.attrelid", `pg_attribute x WHERE x.attrelid >= ${firstOwn} AND x.attnum > 0`],
  ["x.adrelid", "pg_attrdef x"],
  ["x.conrelid", "pg_constraint x WHERE x.conrelid <> 0"],
  ["x.indexrelid", `pg_index x WHERE x.indexrelid >= ${firstOwn}`],
  // Those of a foreign key show only where they are disabled, and each new one brings two to the table that it refers to.
  ["x.tgrelid", "pg_trigger x WHERE NOT (x.tgisinternal AND x.tgconstraint <> 0)"],
  [
    "k.conrelid",
    "pg_trigger x JOIN pg_constraint k ON k.oid = x.tgconstraint WHERE x.tgisinternal AND x.tgenabled <> 'O'",
  ],
  ["x.polrelid", "pg_policy x"],
  ["x.ev_class", `pg_rewrite x WHERE x.ev_class >= ${firstOwn}`],
  ["x.inhrelid", "pg_inherits x"],
  ["x.partrelid", "pg_partitioned_table x"],
  ["x.seqrelid", "pg_sequence x"],
  ["x.ftrelid", "pg_foreign_table x"],
  ["x.stxrelid", "pg_statistic_ext x"],
  ["x.prrelid", "pg_publication_rel x"],
  ["x.objoid", `pg_description x WHERE x.objoid >= ${firstOwn} AND x.classoid = 'pg_class'::regclass`],
  [
    "x.objid",
    `pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.refclassid = 'pg_class'::regclass AND x.refobjsubid > 0
      AND x.deptype IN ('a', 'i')`,
  ],
];

/**
 * Reads the marks; the parameter, an `xid`, is the horizon of the marks before. A row of a catalog is never changed: another
 * version of it takes its place, from another transaction (https://www.postgresql.org/docs/18/ddl-system-columns.html). So what
 * has no row that is new, and as many as before, is what it was. What PostgreSQL overwrites all the same are counts and flags
 * that no catalog shows. Only a superuser may read all of these.
 */
export const marksStatement = (server: ServerFacts): string => {
  const counts = otherCatalogs(server).map(
    ([catalog, condition]) => `SELECT count(*) AS rows, min(age(x.xmin)) AS age FROM ${catalog} x WHERE ${condition}`,
  );
  const rows = relationRows.map(
    ([relation, from]) => `SELECT ${relation} AS relation, age(x.xmin) AS age FROM ${from}`,
  );
  return `WITH member AS MATERIALIZED (
      SELECT objid AS oid FROM pg_depend
      WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e' AND classid = 'pg_class'::regclass
    ), other AS (
      ${counts.join("\nUNION ALL\n")}
    ), own AS (
      SELECT relation, count(*) AS rows, min(age) AS age FROM (${rows.join("\nUNION ALL\n")}) each GROUP BY relation
    ), part AS (
      SELECT indexrelid AS oid, indrelid AS relation FROM pg_index
      UNION ALL SELECT reltoastrelid, oid FROM pg_class WHERE reltoastrelid <> 0
    ), relation AS (
      SELECT coalesce(p.relation, o.relation) AS oid, sum(o.rows) AS rows, min(o.age) AS age
      FROM own o LEFT JOIN part p ON p.oid = o.relation GROUP BY 1
    )
    SELECT pg_snapshot_xmin(pg_current_snapshot())::xid::text, string_agg(rows::text, ' '), (min(age) <= age($1))::text,
      (SELECT string_agg(oid || ' ' || rows, ',') FROM relation),
      (SELECT string_agg(oid::text, ',') FROM relation WHERE age <= age($1))
    FROM other`;
};

/** A horizon before everything. */
export const noHorizon = "3";

/** The answer of {@link marksStatement}, and what has rows that are new since the marks before: relations, and whether others do. */
export function readMarks([horizon, counts, fresh, relations, freshRelations]: readonly (string | null)[]): NewMarks {
  return {
    horizon: horizon ?? noHorizon,
    counts: counts ?? "",
    fresh: fresh !== "false",
    relations: new Map(listed(relations).map((each) => each.split(" ") as [relation: string, rows: string])),
    freshRelations: listed(freshRelations),
  };
}

type NewMarks = Marks & { readonly fresh: boolean; readonly freshRelations: readonly string[] };

const listed = (list: string | null | undefined): readonly string[] => (list ? list.split(",") : []);

/** The relations that are not what they were, came or went; nothing where more than relations may be another. */
export function changedRelations(before: Marks, now: NewMarks): readonly string[] | undefined {
  if (now.fresh || now.counts !== before.counts) return undefined;
  const recounted = [...before.relations].filter(([relation, rows]) => now.relations.get(relation) !== rows);
  return [...new Set([...now.freshRelations, ...recounted.map(([relation]) => relation)])];
}
