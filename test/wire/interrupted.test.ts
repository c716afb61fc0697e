import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { startProxy } from "../../src/wire/proxy.ts";
import type { Proxy } from "../../src/wire/proxy.ts";
import { createRecorder } from "../../src/wire/recorder.ts";
import type { Recorder } from "../../src/wire/recorder.ts";
import { connectTo, startTestServer } from "../support/postgres.ts";

let server: PostgresServer;
let recorder: Recorder;
let proxy: Proxy;
beforeAll(async () => {
  server = await startTestServer();
  recorder = await createRecorder({ connection: (database) => server.connection(database) });
  proxy = await startProxy({ server: server.connection("tide"), recorder });
  await using maintenance = await connectTo(server, server.maintenanceDatabase);
  await maintenance.query("create database tide");
});
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

/** Ways to write a number down, each of which says when it is there for good. */
const writes = {
  alone: (client: pg.Client, id: number) => client.query(`insert into mark values (${id})`),
  "with a value": (client: pg.Client, id: number) => client.query("insert into mark values ($1)", [id]),
  "with a schema change": (client: pg.Client, id: number) =>
    client.query(`insert into mark values (${id}); alter table mark alter id set not null; analyze mark`),
  deferred: (client: pg.Client, id: number) => client.query(`insert into late values (${id})`),
  async block(client: pg.Client, id: number) {
    await client.query("begin");
    try {
      await client.query(`insert into mark values (${id})`);
      await client.query("commit");
    } catch (error) {
      // It can be cancelled as well, and then the transaction is still there.
      await client.query("rollback").catch(() => client.query("rollback"));
      throw error;
    }
  },
  concurrently: (client: pg.Client, id: number) => client.query(`create index concurrently c${id} on mark(id)`),
} as const;
type Way = keyof typeof writes;

interface Write {
  readonly way: Way;
  /** When the interruption comes, in milliseconds after the write began. */
  readonly afterMs: number;
}
const write = fc.record({
  way: fc.constantFrom(...(Object.keys(writes) as Way[])),
  afterMs: fc.double({ min: 0, max: 6, noNaN: true }),
});

const setup = `drop table if exists mark, late; create table mark(id int); create table late(id int);
  create or replace function lag() returns trigger language plpgsql as
    $$ begin perform pg_sleep(0.002); return null; end $$;
  create constraint trigger lags after insert on late deferrable initially deferred for each row execute function lag()`;

/** What is there: numbers, and those of valid indexes. */
const there = async (): Promise<ReadonlySet<number>> => {
  await using direct = await connectTo(server, "tide");
  const { rows } = await direct.query<{ id: number }>(`select id from mark union all select id from late union all
    select substr(indexrelid::regclass::text, 2)::int from pg_index where indrelid = 'mark'::regclass and indisvalid`);
  return new Set(rows.map(({ id }) => id));
};
const prepared = async (): Promise<void> => {
  await using direct = await connectTo(server, "tide");
  await direct.query(setup);
};
const through = async (): Promise<pg.Client> => {
  const client = new pg.Client({ ...server.connection("tide"), host: proxy.host, port: proxy.port });
  client.on("error", () => {});
  await client.connect();
  return client;
};

/** Asks the proxy to cancel what a session does; resolves when it has heard. */
function cancel(client: pg.Client): Promise<void> {
  const { processID, secretKey } = client as unknown as { readonly processID: number; readonly secretKey: number };
  const packet = Buffer.alloc(16);
  [16, 80_877_102, processID, secretKey].forEach((number, index) => packet.writeInt32BE(number, index * 4));
  return new Promise((resolve) => {
    const socket = connect(proxy.port, proxy.host, () => socket.end(packet));
    socket.on("error", () => {});
    socket.on("close", () => resolve());
  });
}

const runs = Number(process.env["HEADGATE_FIDELITY_RUNS"] ?? 15);
const parameters = process.env["HEADGATE_FIDELITY_RUNS"] === undefined ? { seed: 1_204_217 } : {};

test("a statement that is cancelled at any moment did what its client was told", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(write, { minLength: 3, maxLength: 12 }), async (list: readonly Write[]) => {
      await prepared();
      const client = await through();
      const told = new Set<number>();
      for (const [id, { way, afterMs }] of list.entries()) {
        const cancelled = sleep(afterMs).then(() => cancel(client));
        await writes[way](client, id).then(
          () => told.add(id),
          (error: pg.DatabaseError) => expect(error.code).toBe("57014"),
        );
        await cancelled;
        // What comes late hits the next one, with the proxy or without.
        await client.query("select 1").catch(() => {});
      }
      expect((await client.query("select 2 as sum")).rows).toEqual([{ sum: 2 }]);
      await client.end();
      expect(await there()).toEqual(told);
    }),
    { numRuns: runs, endOnFailure: true, ...parameters },
  );
});

test("a session that ends at any moment leaves nothing behind, and did what its client was told", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(write, { minLength: 1, maxLength: 6 }), async (list: readonly Write[]) => {
      await prepared();
      const told = new Set<number>();
      for (const [id, { way, afterMs }] of list.entries()) {
        const client = await through();
        const { processID } = client as unknown as { readonly processID: number };
        const left = sleep(afterMs).then(() =>
          (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy(),
        );
        await writes[way](client, id).then(
          () => told.add(id),
          () => {},
        );
        await left;
        await using direct = await connectTo(server, "tide");
        await expect
          .poll(
            async () => (await direct.query("select 1 from pg_stat_activity where pid = $1", [processID])).rowCount,
            {
              timeout: 10_000,
              interval: 5,
            },
          )
          .toBe(0);
      }
      const found = await there();
      expect([...told].filter((id) => !found.has(id))).toEqual([]);
      const next = await through();
      const before = recorder.recording().statements.length;
      await next.query("lock table mark in share mode").catch(() => {});
      await next.query("alter table mark add column if not exists more int");
      await next.end();
      const evidence = recorder.recording().statements.slice(before).at(-1)?.evidence;
      expect(evidence).toMatchObject({
        completeness: "complete",
        locks: [{ relation: "public.mark", mode: "ACCESS EXCLUSIVE" }],
      });
    }),
    { numRuns: runs, endOnFailure: true, ...parameters },
  );
});
