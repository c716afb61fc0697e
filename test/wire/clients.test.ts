import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import pg from "pg";
import postgres from "postgres";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import type { DatabaseConnection } from "../../src/database-connection.ts";
import { startProxy } from "../../src/wire/proxy.ts";
import type { Proxy } from "../../src/wire/proxy.ts";
import { createRecorder } from "../../src/wire/recorder.ts";
import type { Recorder } from "../../src/wire/recorder.ts";
import { connectTo, startTestServer } from "../support/postgres.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { available } from "../support/requirements.ts";

const run = promisify(execFile);
const script = fileURLToPath(new URL("../fixtures/wire/clients.py", import.meta.url));

const mikroOrm = fileURLToPath(new URL("../fixtures/wire/mikro-orm.mjs", import.meta.url));
const versions = fileURLToPath(new URL("../fixtures/mikro-orm", import.meta.url));

let server: PostgresServer;
let direct: DatabaseConnection;
let recorder: Recorder;
let proxy: Proxy;
let socketDirectory: string;

beforeAll(async () => {
  server = await startTestServer();
  direct = server.connection("quay");
  recorder = await createRecorder({ connection: (database) => server.connection(database) });
  proxy = await startProxy({ server: direct, recorder });
  socketDirectory = await proxy.openSocket();
});
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await using maintenance = await connectTo(server, server.maintenanceDatabase);
  await fresh(maintenance);
});

async function fresh(maintenance: pg.Client): Promise<void> {
  await maintenance.query("drop database if exists quay with (force)");
  await maintenance.query("create database quay");
}

/** The same client's output without the proxy, with it over TCP, over TLS and over its Unix socket; each in an empty database. */
async function outputs(start: (target: DatabaseConnection, tls: boolean) => Promise<string>): Promise<string[]> {
  const targets = [
    [direct, false],
    [{ ...direct, host: proxy.host, port: proxy.port }, false],
    [{ ...direct, host: proxy.host, port: proxy.port }, true],
    [{ ...direct, host: socketDirectory, port: proxy.port }, false],
  ] as const;
  const seen: string[] = [];
  await using maintenance = await connectTo(server, server.maintenanceDatabase);
  for (const [target, tls] of targets) {
    await fresh(maintenance);
    seen.push(await start(target, tls));
  }
  return seen;
}

/** Every client creates, fills, fails on, alters and drops the same table. */
function expectRecorded(since: number): void {
  const statements = recorder.recording().statements.slice(since);
  const altered = statements.filter(({ sql, error }) => /alter table crate alter/i.test(sql) && !error);
  expect(altered.length).toBeGreaterThanOrEqual(3);
  for (const { evidence } of altered) {
    expect(evidence.completeness).toBe("complete");
    expect(evidence.locks).toContainEqual({ relation: "public.crate", kind: "table", mode: "ACCESS EXCLUSIVE" });
  }
  // Some of them find that it was done before.
  const rewritten = altered.filter(({ evidence }) => evidence.rewrites.length > 0);
  expect(rewritten.length).toBeGreaterThanOrEqual(3);
  for (const { evidence } of rewritten) {
    expect(evidence.rewrites).toEqual([{ relation: "public.crate", kind: "table" }]);
    expect(evidence.scans).toEqual([expect.objectContaining({ relation: "public.crate", scans: expect.any(Number) })]);
  }
  expect(JSON.stringify(statements)).not.toContain("a bound secret");
  expect(statements.some(({ error }) => error?.sqlState === "22012")).toBe(true);
}

describe.skipIf(!available("python"))("Python", () => {
  let python: string;
  beforeAll(async () => {
    python = await pythonWith(currentAlembic);
  }, 600_000);

  test.each([
    "psycopg2",
    "psycopg",
    "psycopg-async",
    "psycopg-pipeline",
    "asyncpg",
    "pg8000",
    "sqlalchemy-psycopg2",
    "sqlalchemy-psycopg",
    "sqlalchemy-asyncpg",
    "sqlalchemy-psycopg_async",
    "sqlalchemy-pg8000",
    "psycopg-3.2",
    "alembic",
  ])(
    "%s",
    async (client) => {
      const since = recorder.recording().statements.length;
      const [plain, ...others] = await outputs(async (target, tls) => {
        const { stdout } = await run(python, [script, client, JSON.stringify({ ...target, tls })], { timeout: 60_000 });
        return stdout;
      });
      expect(plain).toContain("done");
      if (client.startsWith("psycopg")) expect(plain).toContain("57014 canceling statement");
      if (client === "asyncpg") expect(plain).toContain("TimeoutError");
      if (client === "psycopg-3.2") expect(plain).toContain("speaks 3.2");
      for (const other of others) expect(other).toBe(plain);
      if (client !== "alembic") expectRecorded(since);
    },
    180_000,
  );

  test("a server of an older protocol negotiates with a client of a newer one", async () => {
    await using older = await startTestServer(17);
    const at = older.connection(older.maintenanceDatabase);
    await using between = await startProxy({
      server: at,
      recorder: await createRecorder({ connection: (database) => older.connection(database) }),
    });
    const seen = async (target: object): Promise<string> => {
      const argument = JSON.stringify({ ...at, tls: false, ...target });
      const { stdout } = await run(python, [script, "psycopg-3.2", argument], { timeout: 60_000 });
      await using client = await connectTo(older, older.maintenanceDatabase);
      await client.query("drop table crate");
      return stdout;
    };
    const plain = await seen({});
    expect(plain).toContain("57014");
    expect(plain).not.toContain("speaks 3.2");
    expect(await seen({ host: between.host, port: between.port })).toBe(plain);
    expect(await seen({ host: await between.openSocket(), port: between.port })).toBe(plain);
  }, 60_000);
});

test("psql", async () => {
  const since = recorder.recording().statements.length;
  const commands = `
    create table crate(id int, label text);
    \\copy crate from program 'printf "1\\\\tone\\\\n2\\\\ttwo\\\\n"'
    select 'a bound secret' \\bind \\g
    insert into crate values (3, 'three') returning *;
    begin; alter table crate alter id type bigint; select 1/0; rollback;
    alter table crate alter id type bigint;
    do $$ begin raise notice 'noted'; end $$;
    select * from crate order by id;
    copy crate to stdout;
    create index concurrently on crate(id);
    selec 1;
    set client_min_messages = debug1;
    create index again on crate(id);
    \\d crate
  `;
  const [plain, ...others] = await outputs(async (target, tls) => {
    const environment = { ...process.env, PGPASSWORD: target.password, PGSSLMODE: tls ? "require" : "disable" };
    const args = ["-X", "-a", "-h", target.host, "-p", String(target.port), "-U", target.user, target.database];
    const child = execFile("psql", args, { env: environment });
    // Which of the two arrives first is a matter of luck.
    let [output, errors] = ["", ""];
    child.stdout?.on("data", (chunk) => (output += chunk));
    child.stderr?.on("data", (chunk) => (errors += chunk));
    child.stdin?.end(commands.replace(/^.*\\bind.*$/m, ""));
    await new Promise((resolve) => child.once("close", resolve));
    const sleeping = execFile("psql", [...args, "-c", "select 1", "-c", "select pg_sleep(20)"], { env: environment });
    sleeping.stderr?.on("data", (chunk) => (errors += chunk));
    sleeping.stdout?.once("data", () => setTimeout(() => sleeping.kill("SIGINT"), 500));
    await new Promise((resolve) => sleeping.once("close", resolve));
    return `${output}${errors}`;
  });
  expect(plain).toContain("two");
  expect(plain).toContain("canceling statement due to user request");
  expect(plain).toContain("building index");
  for (const other of others)
    expect(other.replaceAll(/pg_toast_\d+/g, "")).toBe(plain?.replaceAll(/pg_toast_\d+/g, ""));
  expectRecorded(since);
});

test("node-postgres", async () => {
  const since = recorder.recording().statements.length;
  const [plain, ...others] = await outputs(async (target, tls) => {
    const lines: string[] = [];
    const client = new pg.Client({ ...target, ...(tls && { ssl: { rejectUnauthorized: false } }) });
    client.on("notice", (notice) => lines.push(`notice ${notice.severity} ${notice.message}`));
    client.on("notification", ({ channel, payload }) => lines.push(`notification ${channel} ${payload}`));
    await client.connect();
    const ask = async (query: string | pg.QueryConfig, values?: unknown[]): Promise<void> => {
      try {
        const result = await client.query(query as string, values);
        for (const { command, rowCount, rows } of [result].flat())
          lines.push(JSON.stringify([command, rowCount, rows]));
      } catch (error) {
        const { message, code, position } = error as pg.DatabaseError;
        lines.push(`error ${code} ${message} ${position}`);
      }
    };
    await ask("create table crate(id int, label text)");
    await ask("insert into crate values ($1, $2)", [1, "a bound secret"]);
    await ask("listen tide; notify tide, 'high'; select 1; select 2");
    await ask("begin");
    await ask("alter table crate alter id type bigint");
    await ask("select 1/$1::int", [0]);
    await ask("select 1");
    await ask("rollback");
    await ask({ name: "change", text: "alter table crate alter id type bigint" });
    await ask({ name: "change", text: "alter table crate alter id type bigint" });
    await ask("do $$ begin raise notice 'noted'; raise debug 'not'; end $$");
    await ask("select nonsense; select 2");
    await ask("select 2; select nonsense");
    await ask("vacuum full crate");
    await client.end();
    return lines.join("\n");
  });
  expect(plain).toContain("notification tide high");
  for (const other of others) expect(other).toBe(plain);
  expectRecorded(since);
});

test("postgres.js", async () => {
  const since = recorder.recording().statements.length;
  const [plain, ...others] = await outputs(async (target, tls) => {
    const lines: string[] = [];
    const sql = postgres({
      ...target,
      ...(target.host.startsWith("/") && { path: `${target.host}/.s.PGSQL.${target.port}` }),
      max: 3,
      onnotice: ({ message }) => lines.push(`notice ${message}`),
      ...(tls && { ssl: { rejectUnauthorized: false } }),
    });
    const ask = (asking: Promise<unknown>): Promise<unknown> =>
      asking.then(
        (rows) => lines.push(JSON.stringify(rows)),
        (error: postgres.PostgresError) => lines.push(`error ${error.code} ${error.message}`),
      );
    await ask(sql`create table crate(id int, label text)`);
    await Promise.all([1, 2, 3, 4, 5].map((id) => sql`insert into crate values (${id}, ${"a bound secret"})`));
    await ask(sql`select * from crate order by id`);
    await ask(sql.begin((inside) => [inside`select 1 as one`, inside`alter table crate alter id type bigint`]));
    await ask(sql.begin((inside) => inside`select 1 / ${0}::int`));
    await ask(sql`do $$ begin raise notice 'noted'; end $$`.simple());
    await ask(sql`select 1; select 2`.simple());
    await ask(sql.unsafe("create index concurrently on crate(id)"));
    const asleep = sql`select pg_sleep(20)`;
    setTimeout(() => asleep.cancel(), 300);
    await ask(asleep);
    await ask(sql`select 8 as eight`);
    await sql.end();
    return lines.join("\n");
  });
  expect(plain).toContain("noted");
  expect(plain).toContain("57014");
  for (const other of others) expect(other).toBe(plain);
  expectRecorded(since);
});

test.each(["v6", "v7"])(
  "MikroORM %s",
  async (version) => {
    const since = recorder.recording().statements.length;
    const environment = { ...process.env, MIKRO_ORM_ALLOW_VERSION_MISMATCH: "1" };
    const [plain, ...others] = await outputs(async (target, tls) => {
      const { stdout } = await run(
        process.execPath,
        [mikroOrm, join(versions, version), JSON.stringify({ ...target, tls })],
        { timeout: 60_000, env: environment },
      );
      return stdout;
    });
    expect(plain).toContain("done");
    for (const other of others) expect(other).toBe(plain);
    expectRecorded(since);
  },
  180_000,
);

test("a request to cancel ends the client's statement, and never a question of ours", async () => {
  const client = new pg.Client({ ...direct, host: proxy.host, port: proxy.port });
  await client.connect();
  await client.query("create table crate(id int)");
  await client.query("begin");
  const key = client as unknown as { processID: number; secretKey: number };
  const cancel = async (): Promise<void> => {
    const { connect } = await import("node:net");
    const request = Buffer.alloc(16);
    [16, 80_877_102, key.processID, key.secretKey].forEach((value, index) => request.writeInt32BE(value, index * 4));
    await new Promise<void>((resolve) => {
      const socket = connect(proxy.port, proxy.host, () => socket.write(request));
      socket.once("close", () => resolve());
    });
  };
  const began = performance.now();
  const asleep = client.query("select pg_sleep(20)");
  setTimeout(() => void cancel(), 200);
  await expect(asleep).rejects.toMatchObject({ code: "57014" });
  expect(performance.now() - began).toBeLessThan(5000);
  await client.query("rollback");
  await client.query("begin");
  const cancelled = async (query: string | pg.QueryConfig): Promise<boolean> => {
    const statement = client.query(query).catch((error: pg.DatabaseError) => error);
    await Promise.all([statement, cancel()]);
    const outcome = await statement;
    if (!(outcome instanceof Error)) return false;
    expect(outcome).toMatchObject({ code: "57014" });
    return true;
  };
  const text = "alter table crate alter id set statistics 10";
  for (let index = 0; index < 150; index++) {
    // A cancelled statement says so; the transaction never fails behind the client's back.
    if (await cancelled(index % 2 === 0 ? text : { text, name: "shape" })) {
      await client.query("rollback");
      await client.query("begin");
    } else await client.query("select 1");
  }
  await client.query("rollback");
  for (let index = 0; index < 100; index++) {
    const own = `alter table crate alter id set statistics ${index}`;
    const undone = await cancelled(index % 2 === 0 ? own : { text: own, name: `shape ${index}` });
    const { rows } = await client.query(
      "select attstattarget from pg_attribute where attrelid = 'crate'::regclass and attname = 'id'",
    );
    expect(rows[0]?.attstattarget === index).toBe(!undone);
  }
  const { rows } = await client.query("select name from pg_prepared_statements where name like '%headgate%'");
  expect(rows).toEqual([]);
  await client.end();
});

test("a client that leaves in the middle of a statement does not undo it", async () => {
  const client = new pg.Client({ ...direct, host: proxy.host, port: proxy.port });
  client.on("error", () => {});
  await client.connect();
  await client.query("create table crate(id int)");
  void client.query("insert into crate select 1 from pg_sleep(0.5)").catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 100));
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  await using watcher = await connectTo(server, "quay");
  await expect
    .poll(async () => (await watcher.query("select count(*)::int as count from crate")).rows[0].count, {
      timeout: 5000,
    })
    .toBe(1);
});

test("a server that ends the session is seen to have done so", async () => {
  const client = new pg.Client({ ...direct, host: proxy.host, port: proxy.port });
  const ended = new Promise<Error>((resolve) => client.on("error", resolve));
  await client.connect();
  const { rows } = await client.query("select pg_backend_pid() as pid");
  await using watcher = await connectTo(server, "quay");
  await watcher.query("select pg_terminate_backend($1)", [rows[0].pid]);
  expect(await ended).toMatchObject({ code: "57P01" });
});
