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
