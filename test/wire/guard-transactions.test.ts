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
import { createTestDatabase, startTestServer } from "../support/postgres.ts";

await loadParser();

let server: PostgresServer;
let guard: Guard;
let proxy: Proxy;
let events: GuardEvent[];
let direct: pg.Client & AsyncDisposable;
let client: pg.Client;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => server?.[Symbol.asyncDispose]());
beforeEach(async () => {
  direct = await createTestDatabase(server);
  await direct.query(
    "create table sluice(id int primary key); create table version(n int); insert into sluice values (1)",
  );
  events = [];
  guard = await createGuard({
    server: targetServer(targetOf(server, direct.database as string)),
    onEvent: (event) => void events.push(event),
  });
  proxy = await startProxy({ guard });
  client = new pg.Client({ host: proxy.host, port: proxy.port, ...guard.account });
  client.on("error", () => {});
  await client.connect();
});
afterEach(async () => {
  await client.end();
  await proxy[Symbol.asyncDispose]();
  await direct.end();
});

const insert = "insert into sluice values (1)";
const others = "insert into sluice select 2";
const record = "insert into version values (7)";

/** The statements of a plan, by the transaction that they had. */
function begin(...statements: readonly (readonly [string, number, Partial<GuardedStatement>?])[]): void {
  guard.begin({
    revision: "7",
    statements: statements.map(([sql, transaction, more]) => planned(sql, { transaction, ...more })),
    alsoAllowed: [{ ...planned(record), after: statements.length }],
  });
}

/** Sends these one by one, and goes on whatever comes back, as code does that catches errors; gives what came back. */
async function sendAll(...texts: readonly string[]): Promise<readonly string[]> {
  const answers: string[] = [];
  for (const text of texts)
    answers.push(
      await client.query(text).then(
        () => "done",
        (error: pg.DatabaseError) => error.code ?? "?",
      ),
    );
  return answers;
}

const rows = async (): Promise<readonly number[]> =>
  (await direct.query<{ n: number }>("select id as n from sluice union all select n from version order by n")).rows.map(
    ({ n }) => n,
  );
const refusal = async (): Promise<string | undefined> => (await guard.end()).refusal?.message;

describe("a statement that worked in the rehearsal and fails in production", () => {
  test.each([
    ["the next of the plan", ["begin", "savepoint a", insert, "rollback to a", others]],
    ["the version table's row", ["begin", others, "savepoint a", insert, "rollback to a", record]],
    ["COMMIT", ["begin", "savepoint a", insert, "rollback to a", "commit"]],
    ["what comes in another transaction", ["begin", insert, "rollback", "begin", others]],
  ])("is not passed over by code that catches its error: %s", async (_, sent) => {
    if (sent.indexOf(others) === 1) begin([others, 1], [insert, 1]);
    else begin([insert, 1], [others, 1]);
    const answers = await sendAll(...sent);
    expect(answers.at(-1)).toBe("ZHG01");
    await sendAll("rollback");
    expect(await rows()).toEqual([1]);
    expect(await refusal()).toMatch(/had failed, which it did not in the rehearsal\.$/);
  });

  test("is told as what it is where the client commits what has failed", async () => {
    begin([insert, 1]);
    expect(await sendAll("begin", insert, "commit")).toEqual(["done", "23505", "done"]);
    expect(await refusal()).toBeUndefined();
  });

  test("may fail where it did in the rehearsal", async () => {
    begin([insert, 1, { fails: true }], [others, 1]);
    expect(await sendAll("begin", "savepoint a", insert, "rollback to a", others, record, "commit")).not.toContain(
      "ZHG01",
    );
    expect(await rows()).toEqual([1, 2, 7]);
  });
});

describe("statements that shared a transaction", () => {
  const third = "insert into sluice select 3 where 1 = 1";

  test("do not come when it has ended", async () => {
    begin([others, 1], [third, 1]);
    expect((await sendAll("begin", others, "rollback", "begin", third)).at(-1)).toBe("ZHG01");
    await sendAll("rollback");
    expect(await rows()).toEqual([1]);
    expect(await refusal()).toMatch(/came where statement 1 of 2 was expected, which had been rolled back\.$/);
  });

  test("do not come so in one message either", async () => {
    begin([others, 1], [third, 1]);
    expect(await sendAll(`begin; ${others}; rollback; begin; ${third}; commit`)).toEqual(["ZHG01"]);
    expect(await rows()).toEqual([1]);
  });

  test("are not committed in the message that has rolled one of them back", async () => {
    begin([others, 1], [third, 1]);
    expect(await sendAll(`begin; savepoint a; ${others}; rollback to a; commit`)).toEqual(["ZHG01"]);
    expect(await rows()).toEqual([1]);
    expect(await refusal()).toMatch(/came before statement 1 of 2, which had been rolled back, had come again\.$/);
  });

  test.each([
    ["together", { repeats: true, transaction: 1 }, "ZHG01", [1, 2]],
    ["apart", { repeats: true }, "done", [1, 2, 3]],
  ] as const)("and repeat %s", async (_, more, answer, left) => {
    const { transaction, ...repeats } = { transaction: undefined, ...more };
    guard.begin({
      revision: "7",
      statements: [others, third].map((sql) => planned(sql, { ...repeats, ...(transaction && { transaction }) })),
      alsoAllowed: [],
    });
    expect(await sendAll("begin", others, "commit", "begin", third)).toEqual(["done", "done", "done", "done", answer]);
    await sendAll("commit");
    expect(await rows()).toEqual(left);
  });

  test("are not committed without the version table's row that was in it", async () => {
    guard.begin({
      revision: "7",
      statements: [planned(others, { repeats: true, transaction: 1 })],
      alsoAllowed: [{ ...planned(record), after: 1, transaction: 1 }],
    });
    expect(await sendAll("begin", others, "commit", "rollback")).toEqual(["done", "done", "ZHG01", "done"]);
    expect(await rows()).toEqual([1]);
    expect(await refusal()).toMatch(/before the row of the version table, which belongs to the same transaction\.$/);
    guard.begin({
      revision: "7",
      statements: [planned(others, { repeats: true, transaction: 1 })],
      alsoAllowed: [{ ...planned(record), after: 1, transaction: 1 }],
    });
    expect(await sendAll("begin", others, record, "commit")).not.toContain("ZHG01");
    expect(await rows()).toEqual([1, 2, 7]);
  });

  test("are told as committed with it, and not with another in the same message", async () => {
    begin([others, 1], [third, 2], [insert, 2, { fails: true }]);
    await client.query(`begin; ${others}; commit; begin; ${third}`);
    await sendAll("rollback");
    const ends = events.flatMap((event) => (event.kind === "transaction" ? [[event.phase, event.statements]] : []));
    expect(ends).toEqual([
      ["ending", [0]],
      ["committed", [0]],
      ["rolled back", [1]],
    ]);
    expect(await rows()).toEqual([1, 2]);
  });
});
