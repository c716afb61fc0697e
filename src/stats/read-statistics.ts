import type pg from "pg";
import type { Statistics } from "./statistics.ts";

interface Row {
  readonly relation: string;
  readonly rows: string | null;
  readonly table_bytes: string;
  readonly index_bytes: string;
}

/**
 * Sizes come from the file system, rows from what the planner believes (`pg_class.reltuples`); no table is read.
 * https://www.postgresql.org/docs/18/functions-admin.html#FUNCTIONS-ADMIN-DBSIZE
 */
const query = `
  with sized as (
    select c.oid, c.relkind, nullif(c.reltuples, -1)::float8 as rows,
           pg_catalog.pg_table_size(c.oid) as table_bytes, pg_catalog.pg_indexes_size(c.oid) as index_bytes
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'm') and c.relpersistence <> 't'
       and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
  )
  select pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) as relation,
         coalesce(parts.rows, whole.rows)::text as rows,
         (whole.table_bytes + coalesce(parts.table_bytes, 0))::text as table_bytes,
         (whole.index_bytes + coalesce(parts.index_bytes, 0))::text as index_bytes
    from sized whole
    join pg_catalog.pg_class c on c.oid = whole.oid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join lateral (
      select pg_catalog.sum(part.rows) as rows, pg_catalog.sum(part.table_bytes) as table_bytes,
             pg_catalog.sum(part.index_bytes) as index_bytes
        from pg_catalog.pg_partition_tree(whole.oid) tree
        join sized part on part.oid = tree.relid and part.relkind <> 'p'
    ) parts on whole.relkind = 'p'
   order by relation`;

/**
 * Reads how large the tables of the database are, in one read-only transaction.
 * @param now ISO 8601
 */
export async function readStatistics(client: pg.Client, now: string): Promise<Statistics> {
  await client.query("begin read only; set local statement_timeout = '60s'; set local lock_timeout = '2s'");
  try {
    const { rows } = await client.query<Row>(query);
    const version = await client.query<{ server_version: string }>("show server_version");
    return {
      schemaVersion: 1,
      takenAt: now,
      serverVersion: version.rows[0]?.server_version.split(" ")[0] ?? "",
      relations: Object.fromEntries(
        rows.map((row) => [
          row.relation,
          {
            ...(row.rows === null ? {} : { rows: Math.round(Number(row.rows)) }),
            tableBytes: Number(row.table_bytes),
            indexBytes: Number(row.index_bytes),
          },
        ]),
      ),
    };
  } finally {
    await client.query("rollback");
  }
}
