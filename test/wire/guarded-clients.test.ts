import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import pg from "pg";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import type { DatabaseConnection } from "../../src/database-connection.ts";
import { loadParser } from "../../src/sql/parser.ts";
import { targetServer } from "../../src/target/target-server.ts";
import { createGuard } from "../../src/wire/create-guard.ts";
import type { GuardedOutcome, GuardedRevision } from "../../src/wire/guard.ts";
import { startProxy } from "../../src/wire/proxy.ts";
import { createRecorder } from "../../src/wire/recorder.ts";
import { planned, rehearsed, targetOf } from "../support/guarded.ts";
import { connectTo, startTestServer } from "../support/postgres.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { available } from "../support/requirements.ts";

const run = promisify(execFile);
const script = fileURLToPath(new URL("../fixtures/wire/clients.py", import.meta.url));
const revision = "0001_crate";

await loadParser();

let server: PostgresServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => server?.[Symbol.asyncDispose]());

async function fresh(): Promise<void> {
  await using maintenance = await connectTo(server, server.maintenanceDatabase);
  await maintenance.query("drop database if exists quay with (force)");
  await maintenance.query("create database quay");
}

type Client = (connection: DatabaseConnection) => Promise<string>;

/** What a client prints while it is recorded, and what it may send afterwards. */
async function rehearse(client: Client): Promise<{ readonly output: string; readonly plan: GuardedRevision }> {
  await fresh();
  const recorder = await createRecorder({ connection: (database) => server.connection(database) });
  await using proxy = await startProxy({ server: server.connection("quay"), recorder });
  recorder.label({ revision, direction: "up" });
  const output = await client({ ...server.connection("quay"), host: proxy.host, port: proxy.port });
  return { output, plan: rehearsed(recorder.recording().statements, revision) };
}

/** The same client in production, where this is the plan. */
async function apply(
  client: Client,
  plan: GuardedRevision,
  how: "tcp" | "socket",
): Promise<{ readonly output: string; readonly outcome: GuardedOutcome }> {
  await fresh();
  const guard = await createGuard({ server: targetServer(targetOf(server, "quay")) });
  await using proxy = await startProxy({ guard });
  guard.begin(plan);
  const host = how === "tcp" ? proxy.host : await proxy.openSocket();
  const output = await client({ ...guard.account, host, port: proxy.port });
  return { output, outcome: await guard.end() };
}

/** Passes with the plan of its rehearsal and prints the same; and is stopped at whatever statement of the plan is another one. */
async function holds(client: Client, ...stops: readonly RegExp[]): Promise<void> {
  const { output, plan } = await rehearse(client);
  expect(output).toContain("done");
  for (const how of ["tcp", "socket"] as const)
    expect(await apply(client, plan, how)).toEqual({ output, outcome: { passed: plan.statements.length } });
  for (const tag of stops) {
    const index = plan.statements.findIndex((statement) => tag.test(statement.tag ?? ""));
    expect(index, `${tag}`).toBeGreaterThanOrEqual(0);
    const changed = plan.statements.with(index, planned("drop table reviewed"));
    const stopped = await apply(client, { ...plan, statements: changed }, "tcp");
    expect(stopped.outcome).toMatchObject({ passed: index, refusal: { index } });
    await using after = await connectTo(server, "quay");
    const { rows } = await after.query(
      "select atttypid::regtype::text as type from pg_attribute where attrelid = to_regclass('crate') and attname = 'id'",
    );
    // What it would have done next has not been done, nor anything after it.
    expect(rows).toEqual(tag.source.includes("CREATE") ? [] : [{ type: "integer" }]);
  }
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
    "sqlalchemy-pg8000",
  ])(
    "%s",
    async (library) => {
      const client: Client = async (connection) =>
        run(python, [script, library, JSON.stringify({ ...connection, tls: false })], { timeout: 60_000 }).then(
          ({ stdout }) => stdout,
          ({ stdout }: { readonly stdout: string }) => stdout,
        );
      await holds(client, /^CREATE TABLE$/, /^ALTER TABLE$/);
    },
    120_000,
  );
});

const failure = (error: unknown): string => `error ${(error as pg.DatabaseError).code}`;

test("node-postgres", async () => {
  const client: Client = async (connection) => {
    const lines: string[] = [];
    const open = new pg.Client({ ...connection });
    open.on("error", () => {});
    await open.connect();
    try {
      const insert = { name: "fill", text: "insert into crate values ($1, $2)" };
      await open.query("create table crate(id int, label text)");
      for (let id = 0; id < 20; id++) await open.query({ ...insert, values: [id, "a bound secret"] });
      await open.query("begin");
      await open.query("savepoint before");
      lines.push(await open.query("select 1/$1::int", [0]).then(() => "", failure));
      await open.query("rollback to savepoint before");
      await open.query("alter table crate alter id type bigint");
      await open.query("commit");
      await open.query("create index concurrently on crate(id); ");
      lines.push(JSON.stringify((await open.query("select count(*) from crate; select 2")) as unknown));
      lines.push("done");
    } catch (error) {
      lines.push(failure(error));
    }
    await open.end();
    return lines.join("\n").replaceAll(/"tableID":\d+/g, "");
  };
  await holds(client, /^CREATE TABLE$/, /^ALTER TABLE$/);
}, 60_000);

test("postgres.js", async () => {
  const client: Client = async (connection) => {
    const lines: string[] = [];
    const sql = postgres({
      ...connection,
      ...(connection.host.startsWith("/") && { path: `${connection.host}/.s.PGSQL.${connection.port}` }),
      max: 3,
      onnotice: ({ message }) => lines.push(`notice ${message}`),
    });
    try {
      await sql`create table crate(id int, label text)`;
      await Promise.all([1, 2, 3, 4, 5].map((id) => sql`insert into crate values (${id}, ${"a bound secret"})`));
      lines.push(JSON.stringify(await sql`select * from crate order by id`));
      await sql.begin((inside) => [inside`select 1 as one`, inside`alter table crate alter id type bigint`]);
      lines.push(await sql.begin((inside) => inside`select 1 / ${0}::int`).then(() => "", failure));
      await sql`do $$ begin raise notice 'noted'; end $$`.simple();
      await sql.unsafe("create index concurrently on crate(id)");
      lines.push("done");
    } catch (error) {
      lines.push(failure(error));
    }
    await sql.end();
    return lines.join("\n");
  };
  await holds(client, /^CREATE TABLE$/, /^ALTER TABLE$/);
}, 60_000);
