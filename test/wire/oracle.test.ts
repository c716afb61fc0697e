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
      const oracle = await askOracle(subject, watcher, statement);
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
