import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { loadParser } from "../../src/sql/parser.ts";
import { fingerprintOf, statementIdentity } from "../../src/sql/statement-identity.ts";
import { parseTarget } from "../../src/target/target.ts";
import { targetServer } from "../../src/target/target-server.ts";
import { createGuard } from "../../src/wire/create-guard.ts";
import type { Guard, GuardEvent, GuardedRevision, GuardedStatement } from "../../src/wire/guard.ts";
import { startProxy } from "../../src/wire/proxy.ts";
import type { Proxy } from "../../src/wire/proxy.ts";
import { connectTo, startTestServer } from "../support/postgres.ts";

let server: PostgresServer;
let guard: Guard;
let proxy: Proxy;
let events: GuardEvent[];
let direct: pg.Client & AsyncDisposable;

beforeAll(async () => {
  server = await startTestServer();
  await loadParser();
});
afterAll(async () => server?.[Symbol.asyncDispose]());
beforeEach(async () => {
  await using maintenance = await connectTo(server, server.maintenanceDatabase);
  await maintenance.query("drop database if exists weir with (force)");
  await maintenance.query("create database weir");
  direct = await connectTo(server, "weir");
  await direct.query("create table sluice(id int primary key, name text)");
  const { host, port, user, password } = server.connection("weir");
  events = [];
  const target = parseTarget("", {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: "weir",
  });
  guard = await createGuard({ server: targetServer(target), onEvent: (event) => void events.push(event) });
  proxy = await startProxy({ guard });
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  await direct.end();
});

/** A statement as a plan has it. */
function planned(sql: string, more: Partial<GuardedStatement> = {}): GuardedStatement {
  return { ...statementIdentity(sql, fingerprintOf(sql)), transactional: !/concurrently/i.test(sql), ...more };
}

function begin(statements: readonly (string | GuardedStatement)[], more: Partial<GuardedRevision> = {}): void {
  guard.begin({
    revision: "0002_sluice",
    statements: statements.map((statement) => (typeof statement === "string" ? planned(statement) : statement)),
    alsoAllowed: [],
    ...more,
  });
}

async function connect(): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ host: proxy.host, port: proxy.port, ...guard.account });
  client.on("error", () => {});
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

const columns = async (): Promise<readonly string[]> =>
  (
    await direct.query<{ name: string }>(
      "select attname as name from pg_attribute where attrelid = 'sluice'::regclass and attnum > 0 and not attisdropped order by attnum",
    )
  ).rows.map(({ name }) => name);

const refused = { code: "ZHG01" };

describe("a plan of two statements", () => {
  const plan = ["alter table sluice add width int", "update sluice set width = 1"];
  beforeEach(() => begin(plan));

  test("passes in its order, whatever the constants of rows are", async () => {
    await using client = await connect();
    await client.query("begin");
    await client.query("alter table sluice add width int");
    await client.query("update sluice set width = 7");
    await client.query("commit");
    expect(await columns()).toEqual(["id", "name", "width"]);
    expect(await guard.end()).toEqual({ passed: 2 });
    expect(events.map((event) => ("phase" in event ? `${event.kind} ${event.phase}` : event.kind))).toEqual([
      "statement sent",
      "statement done",
      "statement sent",
      "statement done",
      "transaction ending",
      "transaction committed",
    ]);
  });

  test("is refused out of order, and rolled back", async () => {
    await using client = await connect();
    await client.query("begin");
    await expect(client.query("update sluice set width = 7")).rejects.toMatchObject(refused);
    await client.query("commit");
    expect(await columns()).toEqual(["id", "name"]);
    const { refusal, passed } = await guard.end();
    expect(passed).toBe(0);
    expect(refusal?.message).toContain("UPDATE");
    expect(refusal?.message).not.toContain("7");
  });

  test("takes nothing foreign in between", async () => {
    await using client = await connect();
    await client.query("begin");
    await client.query("alter table sluice add width int");
    await expect(client.query("drop table sluice")).rejects.toMatchObject(refused);
    const { command } = await client.query("commit");
    expect(command).toBe("ROLLBACK");
    await expect(client.query("update sluice set name = 'x'")).rejects.toMatchObject(refused);
    expect(await columns()).toEqual(["id", "name"]);
  });
});
