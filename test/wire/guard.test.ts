import { inspect } from "node:util";
import { connect as open } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { loadParser } from "../../src/sql/parser.ts";
import { targetServer } from "../../src/target/target-server.ts";
import { createGuard } from "../../src/wire/create-guard.ts";
import type { Guard, GuardEvent, GuardedRevision, GuardedStatement } from "../../src/wire/guard.ts";
import { message, sync } from "../../src/wire/messages.ts";
import { startProxy } from "../../src/wire/proxy.ts";
import type { Proxy } from "../../src/wire/proxy.ts";
import { planned, targetOf } from "../support/guarded.ts";
import { connectTo, createTestDatabase, startTestServer } from "../support/postgres.ts";
import { rawClient } from "./raw-client.ts";

await loadParser();

let server: PostgresServer;
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
  await direct.query("create table sluice(id int primary key, name text)");
  await start();
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  await direct.end();
});

async function start(onEvent?: (event: GuardEvent) => Promise<void>): Promise<void> {
  events = [];
  const target = targetOf(server, direct.database as string);
  guard = await createGuard({ server: targetServer(target), onEvent: onEvent ?? ((event) => void events.push(event)) });
  proxy = await startProxy({ guard });
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

test("nothing passes while no revision runs", async () => {
  await using client = await connect();
  await client.query("begin");
  await client.query("rollback");
  await expect(client.query("select 1")).rejects.toMatchObject(refused);
  await expect(client.query("select $1::int", [1])).rejects.toMatchObject(refused);
  begin(["select 1"]);
  await client.query("select 1");
  await guard.end();
  await expect(client.query("select 1")).rejects.toMatchObject(refused);
});

describe("several statements in one message", () => {
  test("pass together", async () => {
    begin(["alter table sluice add width int", "create index on sluice(width)"]);
    await using client = await connect();
    await client.query("alter table sluice add width int; create index on sluice(width);");
    expect(await guard.end()).toEqual({ passed: 2 });
    expect(events.at(-1)).toMatchObject({ kind: "transaction", phase: "committed", statements: [0, 1] });
  });

  test("are not sent at all when the last is foreign", async () => {
    begin(["alter table sluice add width int", "create index on sluice(width)"]);
    await using client = await connect();
    await expect(client.query("alter table sluice add width int; drop table sluice")).rejects.toMatchObject(refused);
    expect(await columns()).toEqual(["id", "name"]);
    expect(events).toMatchObject([{ kind: "refused" }]);
  });

  test.each([
    "rollback; drop table sluice",
    "rollback to s; drop table sluice",
    "commit; drop table sluice",
    "rollback; begin; drop table sluice; commit",
  ])("cannot get out of a failed transaction: %s", async (text) => {
    begin(["select 1/0"]);
    await using client = await connect();
    await client.query("begin");
    await client.query("savepoint s");
    await expect(client.query("select 1/0")).rejects.toMatchObject({ code: "22012" });
    await expect(client.query(text)).rejects.toMatchObject(refused);
    await client.query("rollback");
    expect(await columns()).toEqual(["id", "name"]);
  });

  test("are told as far as the server came", async () => {
    begin(["alter table sluice add width int", "select 1/0", "alter table sluice add height int"]);
    await using client = await connect();
    await expect(
      client.query("alter table sluice add width int; select 1/0; alter table sluice add height int"),
    ).rejects.toMatchObject({ code: "22012" });
    await client.query("begin");
    const told = events.filter(({ kind }) => kind === "statement");
    expect(told.map((event) => "phase" in event && event.phase)).toEqual(["sent", "done", "sent", "failed"]);
    expect(events.at(-1)).toMatchObject({ kind: "transaction", phase: "rolled back" });
  });
});

describe("a transaction that was rehearsed as one", () => {
  const plan = [
    planned("alter table sluice add width int", { transaction: 1, tag: "ALTER TABLE" }),
    planned("create index on sluice(width)", { transaction: 1, tag: "CREATE INDEX" }),
  ];
  const bookkeeping = "insert into sluice values (1, 'version')";
  beforeEach(() => begin(plan, { alsoAllowed: [{ ...planned(bookkeeping), after: 2 }] }));

  test("is not committed before its last statement", async () => {
    await using client = await connect();
    await client.query("begin");
    await client.query("alter table sluice add width int");
    await expect(client.query("commit")).rejects.toMatchObject(refused);
    await client.query("rollback");
    expect(await columns()).toEqual(["id", "name"]);
  });

  test("is not committed statement by statement", async () => {
    await using client = await connect();
    await expect(client.query("alter table sluice add width int")).rejects.toMatchObject(refused);
    expect(await columns()).toEqual(["id", "name"]);
  });

  test("is not committed statement by statement in extended queries", async () => {
    await using client = await connect();
    await expect(
      client.query({ text: "alter table sluice add width int", queryMode: "extended" } as never),
    ).rejects.toMatchObject(refused);
    expect(await columns()).toEqual(["id", "name"]);
  });

  test("is not recorded as applied before it is", async () => {
    await using client = await connect();
    await client.query("begin");
    await expect(client.query(bookkeeping)).rejects.toMatchObject(refused);
    await client.query("commit");
    const { rows } = await direct.query("select from sluice");
    expect(rows).toEqual([]);
  });

  test("is recorded and committed when it is complete", async () => {
    await using client = await connect();
    await client.query("begin");
    await client.query("alter table sluice add width int");
    await client.query("create index on sluice(width)");
    await client.query(bookkeeping);
    await client.query("commit");
    expect(await guard.end()).toEqual({ passed: 2 });
  });
});

test("a refusal on one connection keeps the others from committing", async () => {
  begin(["alter table sluice add width int", "select 1"]);
  await using one = await connect();
  await using other = await connect();
  await one.query("begin");
  await one.query("alter table sluice add width int");
  await expect(other.query("drop table sluice")).rejects.toMatchObject(refused);
  await expect(one.query("commit")).rejects.toMatchObject(refused);
  await one.query("commit");
  expect(await columns()).toEqual(["id", "name"]);
});

describe("settings", () => {
  const shown = async (client: pg.Client): Promise<readonly unknown[]> => {
    const { rows } = await client.query(
      "select current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement",
    );
    return Object.values(rows[0] as object);
  };
  const look = "select current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement";
  /** A function that writes down what it runs with. */
  const witness = "select witness()";
  const seen = async (): Promise<readonly unknown[]> =>
    (await direct.query("select lock, statement from seen order by at")).rows.map(
      ({ lock, statement }) => `${lock} ${statement}`,
    );
  beforeEach(async () => {
    await direct.query(`create table seen(at serial, lock text, statement text);
      create function witness() returns void language sql as $$ insert into seen(lock, statement)
        values (current_setting('lock_timeout'), current_setting('statement_timeout')) $$`);
  });
  const allowed = (...texts: readonly string[]) => ({ alsoAllowed: texts.map((text) => planned(text)) });
  const blocking = planned(witness, { blocks: true });
  const rows = planned(witness, { blocks: false });

  test.each(["simple", "extended"])("are those of the statement's kind, in a %s query", async (queryMode) => {
    begin([blocking, rows, blocking], allowed(look));
    await using client = await connect();
    for (let index = 0; index < 3; index++) await client.query({ text: witness, queryMode } as never);
    expect(await seen()).toEqual(["2s 1min", "2s 0", "2s 1min"]);
    expect(await shown(client)).toEqual(["2s", "0"]);
  });

  test.each(["simple", "extended"])(
    "are those of the statement's kind in a transaction, in a %s query",
    async (queryMode) => {
      begin([rows, blocking, rows], allowed(look));
      await using client = await connect();
      await client.query("begin");
      for (let index = 0; index < 3; index++) await client.query({ text: witness, queryMode } as never);
      await client.query("commit");
      // Once something is locked, all that follows keeps it locked.
      expect(await seen()).toEqual(["2s 0", "2s 1min", "2s 1min"]);
      expect(await shown(client)).toEqual(["2s", "0"]);
    },
  );

  describe("of a transaction in which others wait already", () => {
    const pause = "select pg_sleep(0.7)";
    const texts = [witness, pause, witness, witness];
    const ways: Record<string, (client: pg.Client) => Promise<void>> = {
      "in one message": async (client) => void (await client.query(texts.join("; "))),
      "in one message with its own block": async (client) =>
        void (await client.query(`begin; ${texts.join("; ")}; commit`)),
      "in a block, as simple queries": async (client) => {
        for (const text of ["begin", ...texts, "commit"]) await client.query(text);
      },
      "in a block, as extended queries": async (client) => {
        for (const text of ["begin", ...texts, "commit"]) await client.query({ text, queryMode: "extended" } as never);
      },
    };
    test.each(Object.entries(ways))("leave what is left of the time: %s", async (_, run) => {
      begin([blocking, planned(pause, { blocks: false }), blocking, blocking], allowed(look));
      await using client = await connect();
      await run(client);
      const { rows: waits } = await direct.query<{ ms: number }>(
        "select extract(epoch from lock::interval)::float8 * 1000 as ms from seen order by at",
      );
      const [first, second, third] = waits.map(({ ms }) => ms);
      expect(first).toBe(2_000);
      expect(second).toBeLessThanOrEqual(1_300);
      expect(third).toBeLessThanOrEqual(second ?? 0);
      expect(third).toBeGreaterThanOrEqual(100);
      expect(await shown(client)).toEqual(["2s", "0"]);
    });

    test("an error is where the client's text has it", async () => {
      const wrong = "select 'Loïs', nonsense";
      begin([blocking, planned(wrong)]);
      await using client = await connect();
      const text = `${witness}; ${wrong}`;
      await expect(client.query(text)).rejects.toMatchObject({ position: String(text.indexOf("nonsense") + 1) });
      expect(await seen()).toEqual([]);
    });
  });

  test("of the migration's own are kept where they are stricter, and stay as it set them", async () => {
    const sets = [
      "set lock_timeout = '500ms'",
      "set local lock_timeout = '700ms'",
      "set lock_timeout = '1h'",
      "set statement_timeout = '7s'",
    ];
    begin([blocking, blocking, blocking, blocking], allowed(look, ...sets));
    await using client = await connect();
    await client.query("set lock_timeout = '500ms'");
    await client.query(witness);
    await client.query("begin");
    await client.query("set local lock_timeout = '700ms'");
    await client.query(witness);
    expect(await shown(client)).toEqual(["700ms", "0"]);
    await client.query("commit");
    expect(await shown(client)).toEqual(["500ms", "0"]);
    await client.query("set lock_timeout = '1h'");
    await client.query("set statement_timeout = '7s'");
    await client.query(witness);
    expect(await shown(client)).toEqual(["1h", "7s"]);
    await client.query("begin");
    await client.query(witness);
    await client.query("rollback");
    expect(await shown(client)).toEqual(["1h", "7s"]);
    expect(await seen()).toEqual(["500ms 1min", "700ms 1min", "2s 7s"]);
  });

  test.each(["simple", "extended"])(
    "survive neither a savepoint nor the end of a transaction, in a %s query",
    async (queryMode) => {
      const takenBack = { ...blocking, undone: "taken back" } as const;
      begin([blocking, takenBack, takenBack], allowed(look));
      await using client = await connect();
      const send = (text: string) => client.query({ text, queryMode } as never);
      await send("begin");
      await send(witness);
      await send("savepoint s");
      expect(await shown(client)).toEqual(["2s", "0"]);
      await send(witness);
      await send("rollback to s");
      expect(await shown(client)).toEqual(["2s", "0"]);
      await send("commit");
      expect(await shown(client)).toEqual(["2s", "0"]);
      await send("begin");
      await send(witness);
      await send("rollback");
      expect(await shown(client)).toEqual(["2s", "0"]);
      expect(await seen()).toEqual(["2s 1min"]);
    },
  );

  test("of the migration's own are capped in the same message, and are what it meant afterwards", async () => {
    const sets = [
      "set lock_timeout = '1h'",
      "SET statement_timeout TO 0",
      "set local lock_timeout = 0",
      "set lock_timeout = 100",
    ];
    begin([blocking, blocking, blocking, planned("select nonsense")], allowed(look, ...sets));
    await using client = await connect();
    await client.query(`-- as pg_dump has it
      set lock_timeout = '1h'; SET statement_timeout TO 0; ${witness};`);
    expect(await shown(client)).toEqual(["1h", "0"]);
    await client.query("begin");
    await client.query(`set local lock_timeout = 0; ${witness}`);
    expect(await shown(client)).toEqual(["0", "0"]);
    await client.query("commit");
    expect(await shown(client)).toEqual(["1h", "0"]);
    await client.query(`set lock_timeout = 100; ${witness}`);
    const text = "set lock_timeout = '1h'; select nonsense";
    const error = await client.query(text).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: "42703", position: String(text.indexOf("nonsense") + 1) });
    expect(await shown(client)).toEqual(["100ms", "0"]);
    expect(await seen()).toEqual(["2s 1min", "2s 1min", "100ms 1min"]);
  });

  test("of the role are kept where they are stricter", async () => {
    const { user } = server.connection(direct.database as string);
    await direct.query(
      `alter role ${pg.escapeIdentifier(user)} in database ${direct.database} set lock_timeout = '300ms'`,
    );
    await proxy[Symbol.asyncDispose]();
    await start();
    begin([blocking, rows], allowed(look, "discard all"));
    await using client = await connect();
    await client.query(witness);
    await client.query("discard all");
    await client.query(witness);
    expect(await seen()).toEqual(["300ms 1min", "300ms 0"]);
    expect(await shown(client)).toEqual(["300ms", "0"]);
  });

  test("name the revision to those who look", async () => {
    begin([blocking], allowed("show application_name"));
    await using client = await connect();
    await client.query(witness);
    const { rows: names } = await direct.query(
      "select application_name as name from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()",
    );
    expect(names).toContainEqual({ name: "headgate 0002_sluice" });
  });

  test("let a statement that others wait behind wait two seconds at most, and one that only waits for as long as it takes", async () => {
    begin([
      planned("alter table sluice add width int", { fails: true }),
      planned("create index concurrently on sluice(name)"),
    ]);
    await using client = await connect();
    await using holder = await connectTo(server, direct.database as string);
    await holder.query("begin; select * from sluice");
    await expect(client.query("alter table sluice add width int")).rejects.toMatchObject({ code: "55P03" });
    await expect
      .poll(() => events)
      .toContainEqual(expect.objectContaining({ phase: "failed", sqlState: "55P03", index: 0 }));
    await holder.query("insert into sluice values (9, 'x')");
    const built = client.query("create index concurrently on sluice(name)");
    await sleep(3_000);
    await holder.query("commit");
    await built;
    const { rows: valid } = await direct.query(
      "select indisvalid from pg_index where indrelid = 'sluice'::regclass and not indisprimary",
    );
    expect(valid).toEqual([{ indisvalid: true }]);
  });
});

describe("what an earlier run has finished", () => {
  test("is answered and not sent again", async () => {
    await direct.query("alter table sluice add width int");
    begin(
      [
        "alter table sluice add width int",
        planned("create index concurrently on sluice(width)"),
        "alter table sluice add height int",
      ],
      {
        doneAlready: 2,
      },
    );
    await direct.query("create index on sluice(width)");
    await using client = await connect();
    await client.query("alter table sluice add width int");
    await client.query({ text: "create index concurrently on sluice(width)", queryMode: "extended" } as never);
    await client.query("alter table sluice add height int");
    expect(await columns()).toEqual(["id", "name", "width", "height"]);
    const { rows } = await direct.query("select from pg_index where indrelid = 'sluice'::regclass");
    expect(rows).toHaveLength(2);
    expect(events.filter((event) => "phase" in event && event.phase === "skipped")).toHaveLength(2);
  });

  test("with bind values, too", async () => {
    const insert = "insert into sluice values ($1, $2)";
    await direct.query(insert, [1, "one"]);
    begin([insert, insert], { doneAlready: 1 });
    await using client = await connect();
    await client.query({ name: "fill", text: insert, values: [1, "one"] });
    await client.query({ name: "fill", text: insert, values: [2, "two"] });
    expect((await direct.query("select id from sluice order by id")).rows).toEqual([{ id: 1 }, { id: 2 }]);
  });
});

test("what cannot be written down is not sent", async () => {
  await proxy[Symbol.asyncDispose]();
  await start(() => Promise.reject(new Error("the ledger is gone")));
  begin(["alter table sluice add width int"]);
  await using client = await connect();
  await expect(client.query("alter table sluice add width int")).rejects.toMatchObject(refused);
  await expect(
    client.query({ text: "alter table sluice add width int", queryMode: "extended" } as never),
  ).rejects.toMatchObject(refused);
  expect(await columns()).toEqual(["id", "name"]);
});

test("a client that wants TLS has it, and one that would like a newer protocol hears which there is", async () => {
  begin(["select 1"]);
  const client = new pg.Client({
    host: proxy.host,
    port: proxy.port,
    ...guard.account,
    ssl: { rejectUnauthorized: false },
  });
  await client.connect();
  await client.query("select 1");
  await client.end();
  const { user, database } = guard.account;
  const words = Buffer.from(`user\0${user}\0database\0${database}\0_pq_.future\0on\0\0`);
  const header = Buffer.alloc(8);
  header.writeInt32BE(words.length + 8, 0);
  header.writeInt32BE(196_610, 4);
  const socket = open(proxy.port, proxy.host);
  let answers = "";
  socket.on("data", (bytes: Buffer) => {
    if (answers === "") socket.write(message("p", guard.account.password));
    answers += bytes.toString("latin1");
  });
  socket.write(Buffer.concat([header, words]));
  await expect.poll(() => answers).toMatch(/^R.{8}v.{4}\0\u0003\0\0\0\0\0\u0001_pq_\.future\0R.*Z\0\0\0\u0005I$/s);
  socket.destroy();
});

test("a password of the target's, or none, opens nothing; another account and another database neither", async () => {
  const { password } = server.connection(direct.database as string);
  const tries = [{ password }, { password: "" }, { user: "somebody" }, { database: "postgres" }];
  for (const wrong of tries) {
    const client = new pg.Client({ host: proxy.host, port: proxy.port, ...guard.account, ...wrong });
    client.on("error", () => {});
    await expect(client.connect()).rejects.toMatchObject({ severity: "FATAL" });
  }
});

describe("messages as they are", () => {
  const parse = (name: string, sql: string): Buffer => message("P", name, sql, Buffer.alloc(2));
  const bind = (portal: string, name: string): Buffer => message("B", portal, name, Buffer.alloc(6));
  const execute = (portal: string, rows = 0): Buffer => {
    const limit = Buffer.alloc(4);
    limit.writeInt32BE(rows);
    return message("E", portal, limit);
  };
  /** The kinds of messages, without the server's reports of the name that the session was given. */
  const types = (answers: readonly Buffer[]): string =>
    answers
      .map((bytes) => `${bytes.toString("latin1", 0, 1)}${bytes[0] === 0x5a ? bytes.toString("latin1", 5) : ""}`)
      .filter((type) => type !== "S")
      .join(" ");
  const raw = () => rawClient({ host: proxy.host, port: proxy.port, ...guard.account });
  const foreign = "drop table sluice";

  test("a foreign statement in a pipeline undoes what came before it, and what follows is passed over", async () => {
    begin(["alter table sluice add width int", "select 1"]);
    const client = await raw();
    const batch = [
      parse("", "alter table sluice add width int"),
      bind("", ""),
      execute(""),
      parse("", foreign),
      bind("", ""),
      execute(""),
    ];
    const answers = await client.turn(
      Buffer.concat([...batch, parse("", "select 1"), bind("", ""), execute(""), sync]),
      1,
    );
    expect(types(answers)).toBe("1 2 C E ZI");
    expect(await columns()).toEqual(["id", "name"]);
    client.end();
  });

  test("a name that was given before does not bring back another statement", async () => {
    begin(["select 1", "select now()", "select 1"]);
    const client = await raw();
    expect(types(await client.turn(Buffer.concat([parse("a", "select 1"), parse("b", "select now()"), sync]), 1))).toBe(
      "1 1 ZI",
    );
    expect(types(await client.turn(Buffer.concat([bind("", "b"), execute(""), sync]), 1))).toBe("2 E ZI");
    expect(await guard.end()).toMatchObject({ passed: 0, refusal: { index: 0 } });
    client.end();
  });

  test("a named statement runs as often as the plan has it", async () => {
    begin(["select 1", "select 1", "select 1"]);
    const client = await raw();
    const once = Buffer.concat([bind("", "a"), execute(""), sync]);
    await client.turn(Buffer.concat([parse("a", "select 1"), sync]), 1);
    for (let run = 0; run < 3; run++) expect(types(await client.turn(once, 1))).toBe("2 D C ZI");
    expect(types(await client.turn(once, 1))).toBe("2 E ZI");
    client.end();
  });

  test("the rest of a portal is no new statement, and its end is", async () => {
    begin(["select n from generate_series(1, 5) n"], { alsoAllowed: [] });
    const client = await raw();
    const answers = await client.turn(
      Buffer.concat([
        parse("", "select n from generate_series(1, 5) n"),
        bind("p", ""),
        execute("p", 2),
        execute("p", 2),
        execute("p", 2),
        execute("p"),
        sync,
      ]),
      1,
    );
    expect(types(answers)).toBe("1 2 D D s D D s D C E ZI");
    client.end();
  });

  test("several portals at once keep to the order in which they are run", async () => {
    begin(["select 1", "select now()"]);
    const client = await raw();
    const open = [parse("a", "select 1"), parse("b", "select now()"), bind("one", "a"), bind("two", "b")];
    const answers = await client.turn(Buffer.concat([...open, execute("one"), execute("two"), sync]), 1);
    expect(types(answers)).toBe("1 1 2 2 D C D C ZI");
    expect(await guard.end()).toEqual({ passed: 2 });
    client.end();
  });

  test("a transaction in one pipeline", async () => {
    begin([planned("alter table sluice add width int", { transaction: 1 }), planned("select 1", { transaction: 1 })]);
    const client = await raw();
    const run = (sql: string): Buffer => Buffer.concat([parse("", sql), bind("", ""), execute("")]);
    const answers = await client.turn(
      Buffer.concat([...["begin", "alter table sluice add width int", "commit"].map(run), sync]),
      1,
    );
    expect(types(answers)).toBe("1 2 C 1 2 C 1 2 E ZE");
    expect(types(await client.turn(message("Q", "rollback"), 1))).toBe("C ZI");
    expect(await columns()).toEqual(["id", "name"]);
    client.end();
  });

  test("a call of a function by its number is refused", async () => {
    begin(["select 1"]);
    const client = await raw();
    // lo_creat
    const call = Buffer.alloc(14);
    call.writeInt32BE(957, 0);
    call.writeInt16BE(1, 4);
    expect(types(await client.turn(message("F", call), 1))).toBe("E ZI");
    client.end();
  });

  test("COPY takes its rows, and only where the plan has it", async () => {
    begin(["copy sluice from stdin"]);
    const client = await raw();
    const rows = Buffer.concat([
      message("d", Buffer.from("1\tone\n")),
      message("d", Buffer.from("2\ttwo\n")),
      message("c"),
    ]);
    expect(types(await client.turn(message("Q", "copy sluice from stdin"), 1, rows))).toBe("G C ZI");
    expect(types(await client.turn(message("Q", "copy sluice from stdin"), 1, rows))).toBe("E ZI");
    expect((await direct.query("select from sluice")).rows).toHaveLength(2);
    client.end();
  });

  test.each([
    "do $$ begin perform 2; end $$",
    "set search_path = elsewhere",
    "select set_config('search_path', 'elsewhere', false)",
  ])("is compared by its text: %s", async (other) => {
    begin(["do $$ begin perform 1; end $$", "select 1"], {
      alsoAllowed: ["set search_path = here", "select set_config('search_path', 'here', false)"].map((sql) =>
        planned(sql),
      ),
    });
    await using client = await connect();
    await client.query("set search_path = here");
    await client.query("select set_config('search_path', 'here', false)");
    await expect(client.query(other)).rejects.toMatchObject(refused);
    expect(await guard.end()).toMatchObject({ passed: 0 });
  });

  test.each([
    ["copy sluice from '/etc/one'", "copy sluice from '/etc/two'"],
    ["copy sluice from program 'cat one'", "copy sluice from program 'cat two'"],
    ["select 1", "select 1 for update"],
    ["update sluice set name = 'x'", "update sluice set name = 'x' where id = 1"],
    ["insert into sluice values (1)", "insert into public.sluice values (1)"],
    ["update lock.sluice set name = 'x'", "update quay.sluice set name = 'x'"],
    ["delete from sluice_2023", "delete from sluice_2024"],
    ["drop table if exists one", "drop table if exists two"],
    ["create role one password 'x'", "create role one password 'x' superuser"],
    ["create role one password 'x'", "create role two password 'x'"],
  ])("%s is not %s", async (expected, other) => {
    begin([expected]);
    await using client = await connect();
    await expect(client.query(other)).rejects.toMatchObject(refused);
    await expect(client.query({ text: other, queryMode: "extended" } as never)).rejects.toMatchObject(refused);
  });

  test("a foreign SELECT may be described, and is not run", async () => {
    begin(["select 1"]);
    const client = await raw();
    const described = [parse("s", "select name from sluice"), message("D", Buffer.from("S"), "s"), sync];
    expect(types(await client.turn(Buffer.concat(described), 1))).toBe("1 t T ZI");
    expect(types(await client.turn(Buffer.concat([bind("", "s"), execute(""), sync]), 1))).toBe("E ZI");
    expect(types(await client.turn(Buffer.concat(described), 1))).toBe("E ZI");
    client.end();
  });

  test("two-phase commit outlives a session and passes only where the plan has it", async () => {
    begin(["select 1"]);
    await using client = await connect();
    await client.query("begin");
    await expect(client.query("prepare transaction 'x'")).rejects.toMatchObject(refused);
  });
});

test("the server's log, the client and the events say nothing of what a refused statement said", async () => {
  begin(["select 1"]);
  await using client = await connect();
  const secret = "planted-row-value";
  const error = await client.query(`insert into sluice values (1, '${secret}')`).catch((cause: unknown) => cause);
  expect(inspect([error, events, await guard.end(), guard], { depth: 9 })).not.toContain(secret);
});
