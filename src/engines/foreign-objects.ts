import type pg from "pg";

/** The catalogs that between them hold whatever somebody may have made in a database. */
const catalogs = [
  "pg_class",
  "pg_proc",
  "pg_type",
  "pg_namespace",
  "pg_extension",
  "pg_event_trigger",
  "pg_publication",
  "pg_foreign_data_wrapper",
  "pg_foreign_server",
  "pg_language",
  "pg_operator",
  "pg_collation",
  "pg_conversion",
  "pg_cast",
  "pg_ts_config",
  "pg_ts_dict",
  "pg_largeobject_metadata",
] as const;

/** PostgreSQL gives lower numbers to what `initdb` makes. */
const firstUserObject = 16384;

/**
 * Names what a database holds beyond a fresh one, for example `table public.orders`. What belongs to something else
 * named here (an index, a row type, the parts of an extension) is left out.
 */
export async function foreignObjects(client: pg.Client, limit: number): Promise<readonly string[]> {
  const objects = catalogs.map((catalog) => {
    const classId = catalog === "pg_largeobject_metadata" ? "pg_largeobject" : catalog;
    return `select '${classId}'::regclass::oid as classid, oid as objid from ${catalog} where oid >= ${firstUserObject}`;
  });
  const { rows } = await client.query<{ name: string }>(
    `select i.type || ' ' || i.identity as name
       from (${objects.join(" union all ")}) as o, pg_identify_object(o.classid, o.objid, 0) as i
      where not exists (select from pg_depend as d
                         where d.classid = o.classid and d.objid = o.objid and d.deptype in ('i', 'a', 'e', 'P', 'S'))
        and i.type is not null and i.type <> 'toast table' and i.identity !~ '^(pg_toast|pg_temp)'
        and i.identity <> 'public'
      order by o.classid = 'pg_class'::regclass desc, o.objid
      limit $1`,
    [limit],
  );
  return rows.map((row) => row.name);
}
