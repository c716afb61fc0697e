import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { EngineError, UsageError } from "../../src/errors.ts";
import { startUrl } from "../../src/engines/url.ts";
import { createWorkDatabase } from "../../src/engines/work-database.ts";
import { connectTo, createTestDatabase, startTestServer } from "../support/postgres.ts";

let server: PostgresServer;
let databaseUrl: string;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const urlOf = (
  database: string,
  user = server.connection(database).user,
  password = server.connection(database).password,
) =>
  `postgresql+psycopg://${user}:${password}@127.0.0.1:${server.connection(database).port}/${encodeURIComponent(database)}`;

let count = 0;
let name: string;
beforeEach(async () => {
  name = `disposable ${++count}`;
  const client = await createTestDatabase(server, name);
  await client.end();
  databaseUrl = urlOf(name);
});

const query = async (database: string, sql: string) => {
  await using client = await connectTo(server, database);
  return (await client.query(sql)).rows;
};
const databases = () => query(server.maintenanceDatabase, "select datname from pg_database order by 1");
const refusal = async (options: Parameters<typeof startUrl>[0]): Promise<Error> => {
  try {
    await (await startUrl(options))[Symbol.asyncDispose]();
  } catch (error) {
    const said = (error as Error).message;
    expect(said).not.toContain(server.connection(name).password);
    for (const secret of ["wrong", "secret", "tide", "@"]) expect(said).not.toContain(secret);
    expect(said).not.toContain("\n");
    return error as Error;
  }
  throw new Error("It was accepted.");
};

test("works in copies beside the database and leaves nothing", async () => {
  const before = await databases();
  {
    await using url = await startUrl({ databaseUrl });
    expect(url).toMatchObject({ engine: "url", major: 18, templateDatabase: name });
    await using work = await createWorkDatabase(url, "shop");
    expect(work.name).toMatch(/^headgate_/);
    await query(work.name, "create table orders (); create role shop_owner");
    await work.checkpoint();
    await query(work.name, "drop table orders");
    await work.restore();
    expect(await query(work.name, "select 1 from orders")).toEqual([]);
    expect(await query(name, "select 1 from pg_class where relname = 'orders'")).toEqual([]);
  }
  expect(await databases()).toEqual(before);
  expect(await query(name, "select 1 from pg_roles where rolname = 'shop_owner'")).toEqual([]);
});

test.each(["superuser", "createrole"])(
  "leaves alone what others do on the server meanwhile, as %s",
  async (account) => {
    const [theirs, colleague, other, clerk] = ["theirs", "colleague", "other", "clerk"].map(
      (word) => `${word}_${account}`,
    ) as [string, string, string, string];
    if (account !== "superuser") {
      await query(name, "create role keeper login createdb createrole password 'tide'");
      await query(name, `alter database "${name}" owner to keeper`);
    }
    await query(name, `create role ${other} password 'before'`);
    {
      await using url = await startUrl({
        databaseUrl: account === "superuser" ? databaseUrl : urlOf(name, "keeper", "tide"),
      });
      await using work = await createWorkDatabase(url, "shop");
      await query(work.name, `${account === "superuser" ? "" : "set role keeper; "}create role ${clerk}`);
      await using client = await createTestDatabase(server, theirs);
      await client.query(`create role ${colleague}; create table kept (); alter table kept owner to ${colleague}`);
      await client.query(`alter role ${other} password 'after' createdb`);
      await work.checkpoint();
      await work.restore();
    }
    expect(await query(theirs, "select tableowner from pg_tables where tablename = 'kept'")).toEqual([
      { tableowner: colleague },
    ]);
    expect(await query(name, `select rolcreatedb from pg_roles where rolname = '${other}'`)).toEqual([
      { rolcreatedb: true },
    ]);
    expect(await query(name, `select from pg_roles where rolname = '${clerk}'`)).toEqual([]);
  },
);

test.each([
  ["create table orders (id serial primary key)", /\(table public\.orders\)/],
  ["create schema stock", /schema stock/],
  ["create extension citext", /\(extension citext\)/],
  ["create function f() returns int language sql as 'select 1'", /function public\.f\(\)/],
  ["create type mood as enum ('calm')", /type public\.mood/],
  ["create publication everything for all tables", /publication everything/],
  ["select lo_create(0)", /large object/],
  [
    "create table a (); create table b (); create view c as select 1; create table d ()",
    /\(table public\.a, table public\.b, view public\.c and more\)/,
  ],
  ["drop schema public; create schema public; create table x ()", /\(table public\.x\)/],
])("refuses a database that holds something: %s", async (sql, named) => {
  await query(name, sql);
  const error = await refusal({ databaseUrl });
  expect(error).toBeInstanceOf(UsageError);
  expect(error.message).toMatch(named);
  await using url = await startUrl({ databaseUrl, allowNonEmpty: true });
  await using work = await createWorkDatabase(url, "shop");
  expect(work.name).toMatch(/^headgate_/);
});

describe("accounts that may not", () => {
  beforeAll(async () => {
    await query(
      server.maintenanceDatabase,
      "create role plain login password 'tide'; create role maker login createdb password 'tide'",
    );
  });

  test("create databases are told the statement", async () => {
    const error = await refusal({ databaseUrl: urlOf(name, "plain", "tide") });
    expect(error).toBeInstanceOf(EngineError);
    expect(error.message).toContain("ALTER ROLE plain CREATEDB;");
  });

  test("copy the database are told the statement, which helps", async () => {
    const error = await refusal({ databaseUrl: urlOf(name, "maker", "tide") });
    const statement = /ALTER DATABASE .*;/.exec(error.message)?.[0];
    await query(server.maintenanceDatabase, statement ?? "");
    await using url = await startUrl({ databaseUrl: urlOf(name, "maker", "tide") });
    await using work = await createWorkDatabase(url, "shop");
    await work.checkpoint();
    await work.restore();
  });
});

test.each([
  ["a wrong password", () => urlOf(name, "postgres", "wrong"), EngineError, /refused the login/],
  ["a missing database", () => urlOf("nowhere"), EngineError, /no database "nowhere"/],
  [
    "a port where nobody listens",
    () => "postgres://u:secret@127.0.0.1:1/x",
    EngineError,
    /No PostgreSQL answers at 127\.0\.0\.1:1 /,
  ],
  ["another scheme", () => "mysql://u:secret@h/x", UsageError, /not one of PostgreSQL/],
  ["nonsense", () => "postgres://u:%zz@h/x", UsageError, /cannot be read/],
  ["several hosts", () => "postgres://u:secret@a:1,b:2/x", UsageError, /cannot be read/],
  ["TLS", () => "postgres://u:secret@h/x?sslmode=require", UsageError, /TLS/],
])("says what is wrong with %s", async (_, url, type, message) => {
  const error = await refusal({ databaseUrl: url() });
  expect(error).toBeInstanceOf(type);
  expect(error.message).toMatch(message);
});

test("others connected to the database", async () => {
  await using _other = await connectTo(server, name);
  expect((await refusal({ databaseUrl })).message).toMatch(/Others are connected/);
});

describe("a run that is ended", () => {
  const runUntilReady = async () => {
    const script = `
      import { startUrl } from ${JSON.stringify(import.meta.resolve("../../src/engines/url.ts"))};
      import { createWorkDatabase } from ${JSON.stringify(import.meta.resolve("../../src/engines/work-database.ts"))};
      const server = await startUrl({ databaseUrl: process.env.TEST_URL });
      await createWorkDatabase(server, "shop");
      console.log("ready");
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      env: { PATH: process.env["PATH"], TEST_URL: databaseUrl },
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child.stdout, "data");
    return child;
  };

  test.each(["SIGINT", "SIGTERM"] as const)("by %s drops its scratch databases", async (signal) => {
    const before = await databases();
    const child = await runUntilReady();
    expect(await databases()).toHaveLength(before.length + 2);
    child.kill(signal);
    expect(await once(child, "exit")).toEqual([null, signal]);
    expect(await databases()).toEqual(before);
  });

  test("by kill -9 leaves them to the next run, which spares those of the living", async () => {
    const before = await databases();
    const [dead, living] = [await runUntilReady(), await runUntilReady()];
    dead.kill("SIGKILL");
    await once(dead, "exit");
    await expect
      .poll(() => query(name, "select 1 from pg_stat_activity where datname like 'headgate\\__%' group by datname"))
      .toHaveLength(1);
    const said: string[] = [];
    {
      await using _next = await startUrl({ databaseUrl, onProgress: (step) => said.push(step) });
      expect(await databases()).toHaveLength(before.length + 3);
    }
    expect(said).toEqual([
      expect.stringMatching(/^dropped the scratch databases headgate_\w+ that an earlier run left$/),
    ]);
    living.kill("SIGTERM");
    await once(living, "exit");
    expect(await databases()).toEqual(before);
  });
});
