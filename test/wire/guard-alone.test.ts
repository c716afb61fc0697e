import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { loadParser } from "../../src/sql/parser.ts";
import { targetServer } from "../../src/target/target-server.ts";
import { createGuard } from "../../src/wire/create-guard.ts";
import type { GuardEvent } from "../../src/wire/guard.ts";
import { message, sync } from "../../src/wire/messages.ts";
import { startProxy } from "../../src/wire/proxy.ts";
import { planned, targetOf } from "../support/guarded.ts";
import { connectTo, startTestServer } from "../support/postgres.ts";
import { rawClient, readable } from "./raw-client.ts";

await loadParser();

let server: PostgresServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => server?.[Symbol.asyncDispose]());

const schema = `
  create table lock (id int primary key, gate int);
  create table gate (id int primary key, lock int references lock deferrable initially deferred);
  create function warn() returns trigger language plpgsql as $$ begin raise warning 'late'; return null; end $$;
  create constraint trigger late after insert on lock deferrable initially deferred for each row execute function warn();
  create function refuse() returns trigger language plpgsql as $$ begin raise exception 'late: %', new.id using errcode = 'HG001'; end $$;
  create constraint trigger never after update on lock deferrable initially deferred for each row execute function refuse();
  insert into lock values (1, 1)`;

/** A fresh database, and a look at what is in it. */
async function fresh(name: string): Promise<pg.Client & AsyncDisposable> {
  await using maintenance = await connectTo(server, server.maintenanceDatabase);
  await maintenance.query(`drop database if exists ${name} with (force)`);
  await maintenance.query(`create database ${name}`);
  const client = await connectTo(server, name);
  await client.query(schema);
  return client;
}
const contents = async (client: pg.Client): Promise<unknown> =>
  (
    await client.query(
      "select (select array_agg(l order by id) from lock l) as locks, (select array_agg(g order by id) from gate g) as gates, to_regclass('quay')::text as quay",
    )
  ).rows;

const extended = (sql: string, name = ""): Buffer =>
  Buffer.concat([
    message("P", name, sql, Buffer.alloc(2)),
    message("D", Buffer.from("S"), name),
    message("B", "", name, Buffer.alloc(6)),
    message("E", "", Buffer.alloc(4)),
    message("C", Buffer.from("P"), ""),
    sync,
  ]);
const ways = {
  "a simple query": (sql: string) => [message("Q", sql)],
  "an extended query": (sql: string) => [extended(sql)],
  "a named statement": (sql: string) => [
    Buffer.concat([message("P", "named", sql, Buffer.alloc(2)), sync]),
    Buffer.concat([message("B", "", "named", Buffer.alloc(6)), message("E", "", Buffer.alloc(4)), sync]),
  ],
};

/** Without the server's report of the name that the session was given. */
const heard = (answers: readonly Buffer[]): readonly string[] =>
  readable(answers).filter((text) => !text.includes("application_name"));

const short = (events: readonly GuardEvent[]): readonly string[] =>
  events.map((event) =>
    event.kind === "refused"
      ? "refused"
      : event.kind === "transaction"
        ? `${event.phase} ${event.statements.join()}`
        : `${event.index} ${event.phase}${event.awaitsEnding === false ? ", at once" : ""}${event.sqlState ? ` ${event.sqlState}` : ""}`,
  );
const done = ["0 sent", "0 done", "ending 0", "committed 0"];
const failed = (sqlState: string) => ["0 sent", `0 failed ${sqlState}`, "rolled back 0"];
const undone = ["0 sent", "0 done", "ending 0", "rolled back 0"];

/** What a client hears and leaves behind, without the guard and with it. */
async function both(sql: readonly string[], turns: readonly Buffer[], rows?: Buffer) {
  await using bare = await fresh("bare");
  await using guarded = await fresh("guarded");
  const talk = async (client: Awaited<ReturnType<typeof rawClient>>): Promise<readonly string[]> => {
    const answers: string[] = [];
    for (const turn of turns) answers.push(...heard(await client.turn(turn, 1, rows)));
    client.end();
    return answers;
  };
  const events: GuardEvent[] = [];
  /** Whether the transaction could be seen, by its number, when it was about to be committed. */
  let seen: boolean | undefined;
  const guard = await createGuard({
    server: targetServer(targetOf(server, "guarded")),
    async onEvent(event) {
      events.push(event);
      if (event.kind !== "transaction" || event.phase !== "ending") return;
      const { rows: backends } = await guarded.query(
        "select backend_xid is not null as seen from pg_stat_activity where pid = $1",
        [event.processId],
      );
      seen = backends[0]?.seen;
    },
  });
  await using proxy = await startProxy({ guard });
  guard.begin({ revision: "0001", statements: sql.map((text) => planned(text)), alsoAllowed: [] });
  const expected = await talk(await rawClient(server.connection("bare")));
  const answers = await talk(await rawClient({ host: proxy.host, port: proxy.port, ...guard.account }));
  await guard.end();
  return {
    expected: { answers: expected, contents: await contents(bare) },
    actual: { answers, contents: await contents(guarded) },
    events: short(events),
    seen,
  };
}

describe.each(Object.entries(ways))("a statement that comes alone, as %s,", (_, as) => {
  test.each([
    ["makes a table", "create table quay (id int)", done],
    ["says something", "create table if not exists lock (id int)", done],
    ["writes rows, which a deferred trigger has words about", "insert into lock values (2, 2), (3, 3)", done],
    ["returns rows", "insert into lock values (4, 4) returning id, gate", done],
    ["fails at once", "insert into lock values (1, 1)", failed("23505")],
    ["cannot be read", "insert into locks values (1, 1)", failed("42P01")],
    ["fails where a constraint is deferred", "insert into gate values (1, 9)", undone],
    ["fails where a trigger is deferred", "update lock set gate = 2", undone],
    ["is code", "do $$ begin raise notice 'quay'; create table quay (id int); end $$", done],
    ["sets what the server reports", "select set_config('DateStyle', 'German', false) from lock", done],
  ])("%s", async (_name, sql, events) => {
    const { expected, actual, events: told, seen } = await both([sql], as(sql));
    expect(actual).toEqual(expected);
    expect(told).toEqual(events);
    if (told.includes("ending 0")) expect(seen).toBe(!sql.startsWith("select") && !sql.includes("if not exists"));
  });

  test.each([
    ["runs outside of any transaction", "create index concurrently lock_gate on lock (gate)"],
    ["may commit by itself", "do $$ begin create table quay (id int); commit; end $$"],
  ])("%s", async (_name, sql) => {
    const { expected, actual, events } = await both([sql], as(sql));
    expect(actual).toEqual(expected);
    expect(events).toEqual(["0 sent, at once", "0 done", "committed 0"]);
  });
});

test.each(["simple", "extended"])("rows that come after a %s query are committed with it", async (how) => {
  const sql = "copy lock from stdin";
  const rows = Buffer.concat([message("d", Buffer.from("7\t7\n")), message("c")]);
  const { expected, actual, events } = await both(
    [sql],
    [how === "simple" ? message("Q", sql) : extended(sql).subarray(0, -12)],
    how === "simple" ? rows : Buffer.concat([rows, sync]),
  );
  expect(actual).toEqual(expected);
  expect(events).toEqual(done);
});

describe("several that come together", () => {
  const [first, second] = ["insert into lock values (2, 2)", "create table quay (id int)"] as const;

  test.each([
    [`${first}; ${second}`, ["0 sent", "1 sent", "0 done", "1 done", "ending 0,1", "committed 0,1"]],
    [
      `${first}; insert into gate values (1, 9)`,
      ["0 sent", "1 sent", "0 done", "1 done", "ending 0,1", "rolled back 0,1"],
    ],
    [`${first}; ${first}`, ["0 sent", "1 sent", "0 done", "1 failed 23505", "rolled back 0,1"]],
  ])("in a simple query: %s", async (text, events) => {
    const { expected, actual, events: told } = await both(text.split("; "), [message("Q", text)]);
    expect(actual).toEqual(expected);
    expect(told).toEqual(events);
  });

  test("in a pipeline", async () => {
    const batch = Buffer.concat([extended(first).subarray(0, -5), extended(second)]);
    const { expected, actual, events } = await both([first, second], [batch]);
    expect(actual).toEqual(expected);
    expect(events).toEqual(["0 sent", "0 done", "1 sent", "1 done", "ending 0,1", "committed 0,1"]);
  });
});

describe("what cannot be written down is not committed", () => {
  let direct: pg.Client & AsyncDisposable;
  beforeEach(async () => {
    direct = await fresh("guarded");
    return () => direct.end();
  });

  test.each(["simple", "extended"])("in a %s query", async (queryMode) => {
    const guard = await createGuard({
      server: targetServer(targetOf(server, "guarded")),
      async onEvent(event) {
        if (event.kind === "transaction" && event.phase === "ending") throw new Error("the ledger is gone");
      },
    });
    await using proxy = await startProxy({ guard });
    const sql = "create table quay (id int)";
    guard.begin({ revision: "0001", statements: [planned(sql)], alsoAllowed: [] });
    const client = new pg.Client({ host: proxy.host, port: proxy.port, ...guard.account });
    await client.connect();
    await expect(client.query({ text: sql, queryMode } as never)).rejects.toMatchObject({ code: "ZHG01" });
    await expect(client.query(sql)).rejects.toMatchObject({ code: "ZHG01" });
    await client.end();
    expect(await contents(direct)).toMatchObject([{ quay: null }]);
  });
});
