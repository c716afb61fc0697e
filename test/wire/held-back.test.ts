import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { expect, test } from "vitest";
import { startProxy } from "../../src/wire/proxy.ts";
import { createRecorder } from "../../src/wire/recorder.ts";
import { createTestDatabase, startTestServer } from "../support/postgres.ts";

test.each(["simple", "extended"])(
  "what a client sends in %s queries waits until all that it is held back for has settled",
  async (how) => {
    await using server = await startTestServer();
    await using direct = await createTestDatabase(server);
    const database = direct.database ?? "";
    const recorder = await createRecorder({ connection: (name) => server.connection(name) });
    await using proxy = await startProxy({ server: server.connection(database), recorder });
    const at = { ...server.connection(database), host: proxy.host, port: proxy.port };
    const client = new pg.Client(at);
    await client.connect();
    const tables = async (): Promise<number> =>
      Number((await direct.query("select count(*) from pg_class where relname like 'boat_'")).rows[0].count);
    const send = (sql: string) => client.query(how === "simple" ? sql : { text: sql, name: sql });

    await send("create table canal()");
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    recorder.holdBack(first.promise);
    recorder.holdBack(second.promise);
    const sent = Promise.all([send("create table boat1()"), send("create table boat2()")]);
    await sleep(100);
    expect(await tables()).toBe(0);
    first.reject(new Error("planted"));
    await sleep(100);
    expect(await tables()).toBe(0);
    second.resolve();
    await sent;
    expect(await tables()).toBe(2);

    await send("create table boat3()");
    recorder.holdBack(new Promise(() => {}));
    // Who has nothing more to say may go.
    await client.end();
    expect(recorder.recording().statements.map(({ sql }) => sql)).toEqual(
      ["canal", "boat1", "boat2", "boat3"].map((name) => `create table ${name}()`),
    );
  },
);

test("a transaction begins and reads while others look, and what may change something waits", async () => {
  await using server = await startTestServer();
  await using direct = await createTestDatabase(server);
  const database = direct.database ?? "";
  const recorder = await createRecorder({ connection: (name) => server.connection(name) });
  await using proxy = await startProxy({ server: server.connection(database), recorder });
  const client = new pg.Client({ ...server.connection(database), host: proxy.host, port: proxy.port });
  await client.connect();
  await client.query("create table canal(locks int)");
  const waits = async (sql: string): Promise<void> => {
    const looking = Promise.withResolvers<void>();
    recorder.holdBack(looking.promise);
    const sent = client.query(sql);
    expect(await Promise.race([sent, sleep(100, "waits")])).toBe("waits");
    looking.resolve();
    await sent;
  };

  await waits("select 1");
  const looking = Promise.withResolvers<void>();
  recorder.holdBack(looking.promise);
  await client.query("begin");
  await client.query("select locks from canal where pg_catalog.pg_table_is_visible('canal'::regclass)");
  // The one who looks may write to the log, as a vacuum does.
  await direct.query("create table boat as select generate_series(1, 20000)");
  const sent = client.query("insert into canal values (1)");
  expect(await Promise.race([sent, sleep(100, "waits")])).toBe("waits");
  looking.resolve();
  await sent;
  for (const sql of [
    "select locks from canal for update",
    "select locks into barge from canal",
    "with more as (insert into canal values (2) returning *) select * from more",
    "select set_config('application_name', 'boat', true)",
    "select lower('BOAT')",
    "create table lighter()",
    "commit",
  ])
    await waits(sql);
  const { statements } = recorder.recording();
  const walBytesOf = (begin: string) => statements.find(({ sql }) => sql.startsWith(begin))?.evidence.walBytes;
  expect(walBytesOf("select locks from canal where")).toBeUndefined();
  expect(walBytesOf("insert")).toBeLessThan(100_000);
  expect(walBytesOf("insert")).toBeGreaterThan(0);
  await client.end();
});

test("who lets go of a database does not come back to ask for more", async () => {
  await using server = await startTestServer();
  await using direct = await createTestDatabase(server);
  const recorder = await createRecorder({ connection: (name) => server.connection(name) });
  await using proxy = await startProxy({ server: server.connection(direct.database ?? ""), recorder });
  const client = new pg.Client({ ...server.connection(direct.database ?? ""), host: proxy.host, port: proxy.port });
  await client.connect();
  await client.query("create table canal(locks int)");
  await client.query("create function flow() returns int language sql as 'select 1'");
  recorder.holdBack(Promise.resolve());
  await recorder.release();
  // Long enough for what would still be asked.
  await sleep(300);
  const { rows } = await direct.query("select from pg_stat_activity where application_name = 'headgate'");
  expect(rows).toHaveLength(0);
  await client.end();
});
