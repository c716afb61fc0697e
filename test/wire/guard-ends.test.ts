import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { loadParser } from "../../src/sql/parser.ts";
import { targetServer } from "../../src/target/target-server.ts";
import { createGuard } from "../../src/wire/create-guard.ts";
import type { Guard, GuardEvent, GuardedStatement } from "../../src/wire/guard.ts";
import { startProxy } from "../../src/wire/proxy.ts";
import type { Proxy } from "../../src/wire/proxy.ts";
import { planned, targetOf } from "../support/guarded.ts";
import { connectTo, createTestDatabase, startTestServer } from "../support/postgres.ts";
import { startRelay } from "../support/relay.ts";
import type { Relay } from "../support/relay.ts";

await loadParser();

let server: PostgresServer;
let relay: Relay;
let guard: Guard;
let proxy: Proxy;
let events: GuardEvent[];
let direct: pg.Client & AsyncDisposable;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => server?.[Symbol.asyncDispose]());
beforeEach(async () => {
  direct = await createTestDatabase(server);
  direct.on("error", () => {});
  await direct.query("create table sluice(id int, name text)");
  relay = await startRelay(server.connection(direct.database as string).port);
  const target = targetOf(server, direct.database as string);
  const throughRelay = {
    ...target,
    hosts: [{ host: "127.0.0.1", port: relay.port }],
    connectTimeoutMs: 1_000,
  };
  events = [];
  guard = await createGuard({ server: targetServer(throughRelay), onEvent: (event) => void events.push(event) });
  proxy = await startProxy({ guard });
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  await relay[Symbol.asyncDispose]();
  await direct.end().catch(() => {});
});

const alter = "alter table sluice add width int";
const concurrently = "create index concurrently sluice_name on sluice(name)";
const slow = "select pg_sleep(30)";

function begin(...statements: readonly (string | GuardedStatement)[]): void {
  guard.begin({
    revision: "0002",
    statements: statements.map((statement) => (typeof statement === "string" ? planned(statement) : statement)),
    alsoAllowed: [],
  });
}

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ host: proxy.host, port: proxy.port, ...guard.account });
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** What was told, in short. */
const told = (): readonly string[] =>
  events.map((event) =>
    event.kind === "refused"
      ? "refused"
      : event.kind === "transaction"
        ? `${event.phase} ${event.statements.join()}`
        : `${event.index} ${event.phase}${event.sqlState ? ` ${event.sqlState}` : ""}`,
  );
const altered = async (): Promise<boolean> =>
  (await direct.query("select from pg_attribute where attrelid = 'sluice'::regclass and attname = 'width'")).rows
    .length > 0;
/** What the guard's sessions do, as the server sees it. */
const active = async (): Promise<readonly unknown[]> =>
  (await direct.query("select state, query from pg_stat_activity where application_name like 'headgate%'")).rows;
const ended = async (): Promise<void> => {
  const outcome = guard.end();
  await Promise.race([outcome, sleep(20_000).then(() => Promise.reject(new Error("The guard hangs.")))]);
  await expect.poll(active, { timeout: 5_000 }).toEqual([]);
};
const anyError = { name: expect.any(String) };

describe("a network that fails", () => {
  test.each(["before", "half", "after"] as const)(
    "%s a statement of a transaction has reached the server: it is rolled back",
    async (fault) => {
      begin(alter, "select 1");
      const client = await connect();
      await client.query("begin");
      relay.failAt("alter table", fault);
      await expect(client.query(alter)).rejects.toMatchObject(anyError);
      await ended();
      expect(told()).toEqual(["0 sent", "0 unknown", "rolled back 0"]);
      expect(await altered()).toBe(false);
    },
  );

  test.each([
    ["before", false],
    ["half", false],
    ["after", true],
  ] as const)("%s a COMMIT has reached the server: nobody says that it did, or did not", async (fault, committed) => {
    begin(alter);
    const client = await connect();
    await client.query("begin");
    await client.query(alter);
    relay.failAt("commit", fault);
    await expect(client.query("commit")).rejects.toMatchObject(anyError);
    await ended();
    expect(told()).toEqual(["0 sent", "0 done", "ending 0", "unknown 0"]);
    expect(await altered()).toBe(committed);
  });

  test.each(["before", "half", "after"] as const)(
    "%s a statement outside a transaction has reached the server: it was sent, and its outcome is unknown",
    async (fault) => {
      begin(concurrently);
      const client = await connect();
      relay.failAt("concurrently", fault);
      await expect(client.query(concurrently)).rejects.toMatchObject(anyError);
      await ended();
      expect(told()).toEqual(["0 sent", "0 unknown", "unknown 0"]);
    },
  );

  test.each([
    ["alter table", "before", false],
    ["alter table", "after", false],
    ["commit", "before", false],
    ["commit", "after", true],
  ] as const)(
    "at %s of a statement that comes alone, %s it has reached the server: only its COMMIT leaves a doubt",
    async (packet, fault, committed) => {
      begin(alter);
      const client = await connect();
      relay.failAt(packet, fault);
      await expect(client.query(alter)).rejects.toMatchObject(anyError);
      await ended();
      expect(told()).toEqual(
        packet === "commit" ? ["0 sent", "0 done", "ending 0", "unknown 0"] : ["0 sent", "0 unknown", "rolled back 0"],
      );
      expect(await altered()).toBe(committed);
    },
  );

  test.each(["before", "after"] as const)("%s the Sync of a pipeline has reached the server", async (fault) => {
    begin("select 1", planned(alter, { blocks: false }));
    const client = await connect();
    await client.query("select 1");
    events = [];
    relay.failAt("S\0\0\0\u0004", fault);
    await expect(client.query({ text: alter, queryMode: "extended" } as never)).rejects.toMatchObject(anyError);
    await ended();
    expect(told()).toEqual(["1 sent", "1 done", "ending 1", "unknown 1"]);
    expect(await altered()).toBe(fault === "after");
  });

  test("and swallows everything: the guard does not wait for ever", async () => {
    begin(alter);
    const client = await connect();
    await client.query("begin");
    relay.failAt("alter table", "silence");
    const waiting = client.query(alter).catch((error: unknown) => error);
    await sleep(100);
    await Promise.race([guard.end(), sleep(20_000).then(() => Promise.reject(new Error("The guard hangs.")))]);
    expect(await waiting).toBeInstanceOf(Error);
    expect(told()).toEqual(["0 sent", "0 unknown", "rolled back 0"]);
  }, 40_000);
});

describe("a server that ends a session", () => {
  test("by pg_terminate_backend, in a transaction", async () => {
    begin(slow);
    const client = await connect();
    await client.query("begin");
    const running = client.query(slow).catch((error: unknown) => error);
    await expect.poll(active).toContainEqual({ state: "active", query: slow });
    await direct.query("select pg_terminate_backend(pid) from pg_stat_activity where query = $1", [slow]);
    expect(await running).toMatchObject({ code: "57P01" });
    await ended();
    expect(told()).toEqual(["0 sent", "0 unknown 57P01", "rolled back 0"]);
  });

  test("between two statements", async () => {
    begin(alter, "select 1");
    const client = await connect();
    await client.query("begin");
    await client.query(alter);
    await direct.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'headgate%'",
    );
    await expect(client.query("select 1")).rejects.toMatchObject(anyError);
    await ended();
    expect(told().slice(0, 2)).toEqual(["0 sent", "0 done"]);
    expect(told().at(-1)).toMatch(/^rolled back 0/);
    expect(await altered()).toBe(false);
  });

  test("by a crash, from which it comes back", async () => {
    begin(slow);
    const client = await connect();
    const running = client.query(slow).catch((error: unknown) => error);
    await expect.poll(active).toContainEqual({ state: "active", query: slow });
    const [{ pid }] = (await direct.query("select pid from pg_stat_activity where query = $1", [slow])).rows;
    await direct.query("checkpoint");
    process.kill(pid, "SIGKILL");
    expect(await running).toBeInstanceOf(Error);
    await guard.end();
    expect(told()[1]).toMatch(/^0 unknown/);
    for (;;) {
      const again = await connectTo(server, direct.database as string).catch(() => undefined);
      if (again) {
        direct = again;
        break;
      }
      await sleep(100);
    }
    begin(alter);
    const second = await connect();
    await second.query(alter);
    await second.end();
    expect(await altered()).toBe(true);
  }, 40_000);
});

describe("a tool that dies", () => {
  const kill = (client: pg.Client): void =>
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();

  test("in the middle of a statement takes it with it", async () => {
    begin(slow);
    const client = await connect();
    void client.query(slow).catch(() => {});
    await expect.poll(active).toContainEqual({ state: "active", query: slow });
    kill(client);
    await expect.poll(active, { timeout: 5_000 }).toEqual([]);
    await ended();
    expect(told()).toEqual(["0 sent", "0 failed 57014", "rolled back 0"]);
  });

  test("in the middle of a transaction takes it with it", async () => {
    begin(alter, "select 1");
    const client = await connect();
    await client.query("begin");
    await client.query(alter);
    kill(client);
    await ended();
    expect(told()).toEqual(["0 sent", "0 done", "rolled back 0"]);
    expect(await altered()).toBe(false);
  });

  test("before it has said who it is leaves nothing behind", async () => {
    const { connect: open } = await import("node:net");
    const socket = open(proxy.port, proxy.host);
    await new Promise((resolve) => socket.once("connect", resolve));
    socket.destroy();
    await ended();
  });
});

test("a tool that leaves a transaction open has it ended for it", async () => {
  begin(alter, "select 1");
  const client = await connect();
  await client.query("begin");
  await client.query(alter);
  expect(await guard.end()).toEqual({ passed: 1 });
  expect(told()).toEqual(["0 sent", "0 done", "rolled back 0"]);
  expect(await altered()).toBe(false);
});

test("a request to cancel ends the statement that the tool means", async () => {
  begin(planned(slow, { fails: true }), "select 1");
  const client = await connect();
  const key = client as unknown as { processID: number; secretKey: number };
  const running = client.query(slow).catch((error: unknown) => error);
  await expect.poll(active).toContainEqual({ state: "active", query: slow });
  const request = Buffer.alloc(16);
  [16, 80_877_102, key.processID, key.secretKey].forEach((value, index) => request.writeInt32BE(value, index * 4));
  const { connect: open } = await import("node:net");
  const socket = open(proxy.port, proxy.host, () => socket.write(request));
  expect(await running).toMatchObject({ code: "57014" });
  await client.query("select 1");
  await client.end();
});
