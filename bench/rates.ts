// How fast this machine reads and rewrites a table, beside the rates that estimates are made with.
import pg from "pg";
import { startEmbedded } from "../src/engines/embedded.ts";
import { rates } from "../src/stats/estimate.ts";

await using server = await startEmbedded({});
const client = new pg.Client(server.connection(server.maintenanceDatabase));
await client.connect();
await client.query(
  `create table passages as
     select n as id, md5(n::text) as lock, md5((n * 7)::text) as boat, now() as at from generate_series(1, 2000000) n`,
);
const megabytes = async (size: string) =>
  Number((await client.query<{ mb: number }>(`select ${size}('passages') / 1e6 as mb`)).rows[0]?.mb);
const table = await megabytes("pg_table_size");

async function timed(what: string, statement: string, size: number, [slow, fast]: readonly number[]): Promise<void> {
  const startedAt = performance.now();
  await client.query(statement);
  const rate = size / ((performance.now() - startedAt) / 1000);
  console.log(`${what.padEnd(32)} ${rate.toFixed(0).padStart(5)} MB/s   estimated with ${slow} to ${fast}`);
}
await timed("read: SET NOT NULL", "alter table passages alter at set not null", table, rates.read);
await timed("read: ADD CHECK", "alter table passages add check (id > 0)", table, rates.read);
await timed("read: CREATE INDEX (integer)", "create index on passages (id)", table, rates.read);
await timed("read: CREATE INDEX (text)", "create index on passages (lock)", table, rates.read);
const whole = await megabytes("pg_total_relation_size");
await timed("rewrite: int to bigint", "alter table passages alter id type bigint", whole, rates.rewrite);
await client.end();
