import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { withLaterClock } from "../../src/sql/later-clock.ts";
import { loadParser } from "../../src/sql/parser.ts";
import { createTestDatabase, startTestServer } from "../support/postgres.ts";

let server: PostgresServer;
let client: pg.Client & AsyncDisposable;
beforeAll(async () => {
  await loadParser();
  server = await startTestServer();
  client = await createTestDatabase(server);
  await client.query("create table gates (at timestamptz default now()); insert into gates default values");
});
afterAll(async () => {
  await client?.end();
  await server?.[Symbol.asyncDispose]();
});

const days = 400;

test.each([
  "select now()",
  "select pg_catalog.now() as t, clock_timestamp(), current_date, current_timestamp(0), localtimestamp",
  "select to_char(now() - interval '1 day', 'YYYY_MM') as month, extract(year from current_date)::int from gates where at < now()",
  "select date_trunc('day', now()), count(*) from gates group by date_trunc('day', now())",
  "select now() is distinct from current_timestamp as same, current_date from gates",
  "select d::date from gates, generate_series(at, at + interval '500 days', '1 day') d where d::date is not distinct from current_date",
  "select extract(year from now())",
  "select 'é', statement_timestamp()::date; select transaction_timestamp() at time zone 'utc'",
])("%s: a later day, under the same names", async (sql) => {
  const later = withLaterClock(sql, days);
  expect(later).not.toBe(sql);
  const [before, after] = [await client.query(sql), await client.query(later)].map((results) =>
    [results].flat().map(({ fields, rows }: pg.QueryResult) => ({
      columns: fields.map(({ name, dataTypeID }) => `${name} ${dataTypeID}`),
      rows,
    })),
  );
  expect(after?.map(({ columns }) => columns)).toEqual(before?.map(({ columns }) => columns));
  expect(after).not.toEqual(before);
});

test.each([
  "create table t (at timestamptz default now())",
  "create view v as select case when true then now() end as at",
  "create function f() returns timestamptz language sql as 'select now()'",
  "insert into gates values (now())",
  "select * from now()",
  "select x from gates join now() x on true",
  "with i as (insert into gates values (now()) returning at) select now() from i",
  'select \'now()\', "now" from (select 1 as "now") x',
  "do $$ begin create table t (at timestamptz default now()); execute 'create view v as select now()'; end $$",
  "do $$ begin if true then create view v as select case when true then now() else current_date end; end if; end $$",
  "select t from now() t join pg_catalog.clock_timestamp() c on true",
  "do $$ declare r record; begin for r in select * from now() loop end loop; end $$",
  "select now( from",
])("%s: as it is", (sql) => expect(withLaterClock(sql, days)).toBe(sql));

test("what a block asks the clock for is later, what it defines is not", async () => {
  const block = `do $$
    declare month text := to_char(now(), 'YYYY_MM');
    begin
      if current_date > date '2000-01-01' then
        execute format('create table gates_%s (at timestamptz default now())', month);
      end if;
      create table beside (at timestamptz default now());
    end $$`;
  const { rows } = await client.query<{ name: string }>(
    "select to_char(now() + '400 days', '\"gates_\"YYYY_MM') as name",
  );
  await client.query(withLaterClock(block, days));
  const { rows: defaults } = await client.query(
    `select adrelid::regclass::text as name, pg_get_expr(adbin, adrelid) as is from pg_attrdef
     where adrelid::regclass::text in ($1, 'beside') order by 1`,
    [rows[0]?.name],
  );
  expect(defaults).toEqual([
    { name: "beside", is: "now()" },
    { name: rows[0]?.name, is: "now()" },
  ]);
  expect(withLaterClock("do 'begin perform now(); end'", days)).toBe(
    "do 'begin perform (SELECT now() + pg_catalog.make_interval(days => 400) AS \"now\"); end'",
  );
});
