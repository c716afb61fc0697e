import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { message, sync } from "../../src/wire/messages.ts";
import { startProxy } from "../../src/wire/proxy.ts";
import type { Proxy } from "../../src/wire/proxy.ts";
import { createRecorder } from "../../src/wire/recorder.ts";
import type { Recorder } from "../../src/wire/recorder.ts";
import type { RecordedStatement } from "../../src/wire/recording.ts";
import { connectTo, startTestServer } from "../support/postgres.ts";
import { rawClient } from "./raw-client.ts";

let server: PostgresServer;
let recorder: Recorder;
let proxy: Proxy;
let client: pg.Client;

beforeAll(async () => {
  server = await startTestServer();
  recorder = await createRecorder({ connection: (database) => server.connection(database) });
  proxy = await startProxy({ server: server.connection(server.maintenanceDatabase), recorder });
});
afterAll(async () => {
  await client?.end();
  await proxy?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await client?.end();
  await using maintenance = await connectTo(server, server.maintenanceDatabase);
  await maintenance.query("drop database if exists quay with (force)");
  await maintenance.query("create database quay");
  await using quay = await connectTo(server, "quay");
  await quay.query(`
    create table crate(id int, label text);
    insert into crate select n, 'crate ' || n from generate_series(1, 100) n;
    create function widen() returns int language plpgsql as
      $$ begin alter table crate alter id type bigint; return 1; end $$;
    create procedure widen_and_more() language plpgsql as
      $$ begin alter table crate alter id type bigint; create index by_label on crate(label); end $$;
    create procedure in_parts() language plpgsql as
      $$ begin alter table crate alter id type bigint; commit; create index by_label on crate(label); commit; end $$`);
  client = new pg.Client({ ...server.connection("quay"), host: proxy.host, port: proxy.port });
  await client.connect();
});

const since = async (action: () => Promise<unknown>): Promise<readonly RecordedStatement[]> => {
  const before = recorder.recording().statements.length;
  await action();
  // A client hears of an error before it is the next one's turn.
  await client.query("select 'settled'");
  return recorder.recording().statements.slice(before, -1);
};
const rewritten = [{ relation: "public.crate", kind: "table" }];
const locked = expect.arrayContaining([{ relation: "public.crate", kind: "table", mode: "ACCESS EXCLUSIVE" }]);

describe("what code does is evidence of the statement that runs it", () => {
  test.each([
    ["a block", "do $$ begin alter table crate alter id type bigint; end $$"],
    ["a function", "select widen()"],
  ])("%s", async (_, sql) => {
    const [statement] = await since(() => client.query(sql));
    expect(statement?.evidence).toMatchObject({ completeness: "complete", locks: locked, rewrites: rewritten });
  });

  test("a procedure, in a transaction and alone", async () => {
    const [, inside] = await since(async () => {
      await client.query("begin");
      await client.query("call widen_and_more()");
      await client.query("rollback");
    });
    const [alone] = await since(() => client.query("call widen_and_more()"));
    for (const statement of [inside, alone])
      expect(statement?.evidence).toMatchObject({
        completeness: "complete",
        locks: locked,
        rewrites: rewritten,
        indexBuilds: [{ index: "by_label", table: "crate" }],
      });
  });

  test("a procedure that commits is watched from outside, and says so", async () => {
    const [statement] = await since(() => client.query("call in_parts()"));
    expect(statement?.block).toBe("none");
    expect(statement?.evidence).toMatchObject({
      completeness: "sampled",
      reason: expect.stringContaining("commit"),
      rewrites: rewritten,
      indexBuilds: [{ index: "by_label", table: "crate" }],
    });
  });

  test("a block that may take a part of its work back says so", async () => {
    const block = (exception: string) =>
      `do $$ begin begin alter table crate add check (id < 0); ${exception} end; end $$`;
    const [statement] = await since(() => client.query(block("exception when check_violation then null;")));
    expect(statement?.evidence).toMatchObject({
      completeness: "sampled",
      reason: expect.stringContaining("EXCEPTION"),
      verifications: ["crate"],
    });
  });

  test("statements of one text have evidence of their own, up to the one that fails", async () => {
    const recorded = await since(() =>
      client
        .query(
          "alter table crate add weight int; update crate set weight = 1; alter table crate alter id type bigint; select 1/0",
        )
        .catch(() => {}),
    );
    const [add, update, alter, failing] = recorded;
    expect(recorded.map(({ transaction }) => transaction === add?.transaction)).toEqual([true, true, true, true]);
    expect(add?.evidence).toMatchObject({ locks: locked, rewrites: [] });
    expect(update).toMatchObject({
      tag: "UPDATE",
      rows: 100,
      evidence: { scans: [{ relation: "public.crate", rows: 100 }] },
    });
    expect(update?.evidence.held).toEqual(locked);
    expect(alter?.evidence.rewrites).toEqual(rewritten);
    expect(failing?.error).toEqual({ sqlState: "22012", message: "division by zero" });
  });

  test("an error has its place in its own statement", async () => {
    const recorded = await since(() => client.query("select 1; select nonsense").catch(() => {}));
    expect(recorded.at(-1)).toMatchObject({ sql: " select nonsense", error: { sqlState: "42703", position: 9 } });
  });

  test("lock_timeout in effect and write-ahead log belong to each statement", async () => {
    const recorded = await since(() =>
      client.query("set local lock_timeout = '3s'; alter table crate add a uuid default gen_random_uuid()"),
    );
    expect(recorded.at(-1)?.evidence.lockTimeoutMs).toBe(3000);
    expect(recorded.at(-1)?.evidence.walBytes).toBeGreaterThan(1000);
  });
});

describe("messages that few clients send", () => {
  const none = Buffer.alloc(2);
  const raw = () => rawClient({ ...server.connection("quay"), host: proxy.host, port: proxy.port });

  test("a portal that is read in parts is one statement with all its rows, and each part comes as asked for", async () => {
    const connection = await raw();
    const rows = (count: number): Buffer => {
      const limit = Buffer.alloc(4);
      limit.writeInt32BE(count);
      return message("E", "", limit);
    };
    const recorded = await since(async () => {
      const answer = await connection.turn(
        Buffer.concat([
          message("P", "", "select id from crate order by id", none),
          message("B", "", "", none, none, none),
          rows(30),
          rows(30),
          rows(0),
          sync,
        ]),
        1,
      );
      const types = answer.map((one) => String.fromCharCode(one[0] ?? 0)).join("");
      expect(types).toBe(`12${"D".repeat(30)}s${"D".repeat(30)}s${"D".repeat(40)}CZ`);
    });
    expect(recorded.map(({ sql }) => sql)).toEqual(recorded.map(() => "select id from crate order by id"));
    expect(recorded.at(-1)?.tag).toBe("SELECT");
    connection.end();
  });

  test("a function call message is recorded by the function's number, in a transaction with evidence", async () => {
    await using quay = await connectTo(server, "quay");
    const { rows } = await quay.query("select 'widen()'::regprocedure::oid::int as oid");
    const oid = Buffer.alloc(4);
    oid.writeInt32BE(rows[0].oid);
    const call = message("F", oid, none, none, Buffer.from([0, 1]));
    const connection = await raw();
    const recorded = await since(async () => {
      await connection.turn(message("Q", "begin"), 1);
      const answer = await connection.turn(call, 1);
      expect(answer.map((one) => String.fromCharCode(one[0] ?? 0)).join("")).toBe("VZ");
      await connection.turn(message("Q", "commit"), 1);
    });
    expect(recorded[1]).toMatchObject({
      sql: `-- call of function ${rows[0].oid}`,
      block: "explicit",
      evidence: { completeness: "complete", rewrites: rewritten, locks: locked },
    });
    connection.end();
  });

  test("COPY in both directions counts its rows, and a client that gives up is an error", async () => {
    const connection = await raw();
    const lines = message("d", Buffer.from("1\tone\n2\ttwo\n"));
    const recorded = await since(async () => {
      await connection.turn(message("Q", "copy crate from stdin"), 1, Buffer.concat([lines, message("c")]));
      await connection.turn(message("Q", "copy crate to stdout"), 1);
      await connection.turn(
        message("Q", "copy crate from stdin"),
        1,
        Buffer.concat([lines, message("f", "changed my mind")]),
      );
    });
    expect(recorded.map(({ tag, rows, error }) => [tag, rows, error?.sqlState])).toEqual([
      ["COPY", 2, undefined],
      ["COPY", 102, undefined],
      [undefined, undefined, "57014"],
    ]);
    expect(recorded[1]?.evidence.scans).toMatchObject([{ relation: "public.crate", rows: 102 }]);
    connection.end();
  });

  test("a client that is gone in the middle of a message, and a server that is, leave nothing behind", async () => {
    const connection = await raw();
    connection.socket.write(message("Q", "alter table crate alter id type bigint").subarray(0, 20));
    connection.end();
    const copying = await raw();
    void copying.turn(message("Q", "copy crate from stdin"), 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    copying.end();
    await using quay = await connectTo(server, "quay");
    await expect
      .poll(async () => {
        const { rows } = await quay.query(
          "select count(*)::int as others from pg_stat_activity where datname = 'quay' and application_name <> 'headgate' and pid <> pg_backend_pid()",
        );
        return rows[0].others;
      })
      .toBe(1);
    expect((await quay.query("select count(*)::int as count from crate")).rows).toEqual([{ count: 100 }]);
    expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  });
});
