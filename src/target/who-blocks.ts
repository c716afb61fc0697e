import type pg from "pg";

/** A session that another one waits for. */
export interface Blocker {
  readonly processId: number;
  /** As it named itself; empty when it did not. */
  readonly applicationName: string;
  /** Since its transaction began, in milliseconds; absent when it has none. */
  readonly transactionAgeMs?: number;
  /** `client backend`, `autovacuum worker`, …; `prepared transaction` for one that no session has any more. */
  readonly kind: string;
}

/**
 * Who stands in the way of a session, as the server sees it now; without anything that they say or hold.
 * https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SESSION-TABLE
 */
export async function whoBlocks(client: pg.Client, processId: number): Promise<readonly Blocker[]> {
  const { rows } = await client.query<{ pid: number; application: string; kind: string; age: number | null }>(
    `select b.pid, coalesce(a.application_name, '') as application,
       coalesce(a.backend_type, 'prepared transaction') as kind,
       extract(epoch from pg_catalog.clock_timestamp() - a.xact_start)::float8 * 1000 as age
     from (select distinct pid from pg_catalog.unnest(pg_catalog.pg_blocking_pids($1)) pid) b
     left join pg_catalog.pg_stat_activity a on a.pid = b.pid order by b.pid`,
    [processId],
  );
  return rows.map(({ pid, application, kind, age }) => ({
    processId: pid,
    applicationName: application,
    kind,
    ...(age !== null && { transactionAgeMs: Math.round(age) }),
  }));
}
