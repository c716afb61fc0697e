import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { startProxy } from "../../src/wire/proxy.ts";
import type { Proxy } from "../../src/wire/proxy.ts";
import { createRecorder } from "../../src/wire/recorder.ts";
import type { Recorder } from "../../src/wire/recorder.ts";
import type { StatementEvidence } from "../../src/wire/recording.ts";
import { shapes, sharedSetup } from "../fixtures/wire/shapes.ts";
import { connectTo, startTestServer } from "../support/postgres.ts";
import { askOracle, factsOf } from "./oracle.ts";

/** What builds on what was made before: each statement sees what the ones before it left. */
const course = [
  ...["lock", "weir"].flatMap((table) => [
    `create table ${table}_gate(id int primary key, name text, width int)`,
    `insert into ${table}_gate select i, 'x', i from generate_series(1, 20) i`,
    `alter table ${table}_gate add column extra int default 1`,
    `create index on ${table}_gate(name)`,
    `update ${table}_gate set width = width + 1`,
    `alter table ${table}_gate alter width type bigint`,
  ]),
  "create table pass(gate int references lock_gate, at timestamptz default now())",
  "insert into pass values (1)",
  "alter table pass add foreign key (gate) references weir_gate",
  "alter table weir_gate rename to sluice",
  "alter table sluice add check (width > 0)",
  "create view wide as select * from sluice where width > 5",
  "select count(*) from wide",
  "create materialized view counted as select count(*) from lock_gate",
  "alter table sluice set schema canal",
  "delete from pass",
  "truncate pass",
  "drop table pass",
  "drop view wide",
  "cluster lock_gate using lock_gate_pkey",
  "drop table canal.sluice",
  "refresh materialized view counted",
] as const;

describe.each([14, 15, 16, 17, 18])("PostgreSQL %i", (major) => {
  let server: PostgresServer;
  let recorder: Recorder;
  let proxy: Proxy;
  let maintenance: pg.Client;
  let databases = 0;

  beforeAll(async () => {
    server = await startTestServer(major);
    recorder = await createRecorder({ connection: (database) => server.connection(database) });
    proxy = await startProxy({ server: server.connection(server.maintenanceDatabase), recorder });
    maintenance = await connectTo(server, server.maintenanceDatabase);
    await maintenance.query("create database shapes");
    await using shared = await connectTo(server, "shapes");
    await shared.query(sharedSetup);
  });
  afterAll(async () => {
    await maintenance?.end();
    await proxy?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  const prepared = async (setup: string | undefined): Promise<string> => {
    const database = `shape_${++databases}`;
    await maintenance.query(`create database ${database} template shapes`);
    if (setup) {
      await using client = await connectTo(server, database);
      await client.query(setup);
    }
    return database;
  };
  const through = async (database: string): Promise<pg.Client & AsyncDisposable> => {
    const client = new pg.Client({ ...server.connection(database), host: proxy.host, port: proxy.port });
    await client.connect();
    return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
  };
  const evidenceOf = (statement: string): StatementEvidence => {
    const found = recorder.recording().statements.findLast(({ sql }) => sql === statement);
    if (!found) throw new Error(`${statement} was not recorded.`);
    return found.evidence;
  };

  test.each(shapes.filter(({ since, outside }) => (since ?? 0) <= major && !outside))(
    "$name",
    async ({ setup, statement, inBlock }) => {
      const database = await prepared(setup);
      await using watcher = await connectTo(server, database);
      await using subject = await connectTo(server, database);
      const [oracle] = await askOracle(subject, watcher, [statement]);
      {
        await using client = await through(database);
        await client.query("begin");
        await client.query(statement);
        await client.query("rollback");
        expect(factsOf(evidenceOf(statement)), "in a block").toEqual(oracle);
        await client.query("begin");
        await client.query({ text: statement, name: "shape" });
        await client.query("rollback");
        expect(factsOf(evidenceOf(statement)), "in a block, extended").toEqual(oracle);
      }
      if (inBlock) return;
      for (const query of [statement, { text: statement, name: "shape" }]) {
        const other = await prepared(setup);
        await using client = await through(other);
        await client.query(query);
        expect(evidenceOf(statement).completeness).toBe("complete");
        expect(factsOf(evidenceOf(statement)), `on its own, ${typeof query}`).toEqual(oracle);
      }
    },
  );

  test.each(shapes.filter(({ since, outside }) => (since ?? 0) <= major && outside))(
    "$name, sampled",
    async ({ setup, statement }) => {
      for (const query of [statement, { text: statement, name: "shape" }]) {
        const database = await prepared(setup);
        await using watcher = await connectTo(server, database);
        const before = await places(watcher);
        {
          await using client = await through(database);
          await client.query(query);
        }
        const after = await places(watcher);
        const evidence = evidenceOf(statement);
        expect(evidence.completeness).toBe("sampled");
        expect(evidence.reason).toMatch(/transaction|commit/);
        expect(factsOf(evidence).rewrites).toEqual(
          [...before].filter(([name, place]) => after.has(name) && after.get(name) !== place).map(([name]) => name),
        );
      }
    },
  );

  test.each(["each on its own", "in blocks of three", "in one block"])(
    "one statement after the other in one database, %s",
    async (how) => {
      const database = await prepared("create schema canal");
      await using watcher = await connectTo(server, database);
      await using client = await through(database);
      const length = { "each on its own": 1, "in blocks of three": 3 }[how] ?? course.length;
      for (let start = 0; start < course.length; start += length) {
        const block = course.slice(start, start + length);
        await using subject = await connectTo(server, database);
        // Rows that were taken back would be read once more, and estimates of how many there are make other plans.
        await watcher.query("vacuum");
        const oracles = await askOracle(subject, watcher, block);
        await watcher.query("vacuum");
        if (length > 1) await client.query("begin");
        for (const [index, statement] of block.entries())
          await client.query(index % 2 === 0 ? statement : { text: statement, name: `course ${start + index}` });
        if (length > 1) await client.query("commit");
        const evidence = block.map(evidenceOf);
        expect(block.map((statement, index) => [statement, factsOf(evidence[index] as StatementEvidence)])).toEqual(
          block.map((statement, index) => [statement, oracles[index]]),
        );
        expect(evidence.map(({ completeness }) => completeness)).toEqual(block.map(() => "complete"));
      }
    },
  );

  const places = async (client: pg.Client): Promise<ReadonlyMap<string, string>> => {
    const { rows } = await client.query<{ name: string; place: string }>(
      `select n.nspname || '.' || c.relname || '' as name, c.oid || ' ' || pg_relation_filenode(c.oid) as place
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'public' and pg_relation_filenode(c.oid) is not null order by 1`,
    );
    return new Map(rows.map(({ name, place }) => [name, place]));
  };
});

test("a statement outside a transaction that takes its time is watched", async () => {
  await using server = await startTestServer();
  const recorder = await createRecorder({ connection: (database) => server.connection(database) });
  await using proxy = await startProxy({ server: server.connection(server.maintenanceDatabase), recorder });
  const target = { ...server.connection(server.maintenanceDatabase), host: proxy.host, port: proxy.port };
  await using holder = await connectTo(server, server.maintenanceDatabase);
  await holder.query("create table ship(id int)");
  await using client = Object.assign(new pg.Client(target), { [Symbol.asyncDispose]: () => client.end() });
  await client.connect();
  for (const statement of ["create index concurrently by_id on ship(id)", "vacuum full ship"]) {
    // It has to wait for another's lock, and is seen to wait for it and then to hold its own.
    await holder.query("begin; lock table ship in row exclusive mode");
    const running = client.query(statement);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await holder.query("commit");
    await running;
  }
  const [index, vacuum] = recorder.recording().statements;
  expect(index?.evidence).toMatchObject({
    completeness: "sampled",
    locks: [{ relation: "public.ship", kind: "table", mode: "SHARE UPDATE EXCLUSIVE" }],
    indexBuilds: [{ index: "by_id", table: "ship" }],
  });
  expect(vacuum?.evidence.rewrites).toContainEqual({ relation: "public.ship", kind: "table" });
});
