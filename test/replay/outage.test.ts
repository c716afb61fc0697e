import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { connectAs } from "../../src/engines/connect.ts";
import { runGate } from "../../src/gate.ts";
import { withParkedTransactions } from "../../src/replay/outage.ts";
import { connectTo, createTestDatabase, startTestServer } from "../support/postgres.ts";
import { testRepository } from "../support/repository.ts";

describe("withParkedTransactions", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** Runs this as a migration would, with people sitting on these tables. */
  async function watched(tables: readonly string[], migration: string) {
    await using owner = await createTestDatabase(server);
    const { rows } = await owner.query<{ name: string }>("select current_database() as name");
    const name = rows[0]?.name ?? "";
    await owner.query(
      `create table locks (id bigint primary key, name text); create table "Lock keepers" (id bigint primary key);
       create materialized view lock_names as select name from locks`,
    );
    await using migrating = await connectTo(server, name);
    const result = await withParkedTransactions(
      () => connectAs(server.connection(name)),
      { revision: "4f2a", direction: "down" },
      tables,
      async () => {
        await migrating.query(migration);
        return "done";
      },
    );
    const { rows: left } = await owner.query(
      "select from pg_stat_activity where datname = current_database() and application_name = 'headgate'",
    );
    return { ...result, left: left.length };
  }

  it.each([
    ["ALTER TABLE locks ADD COLUMN width int", "ACCESS EXCLUSIVE", "read", ["reads", "writes"]],
    ["CREATE INDEX ON locks (name)", "SHARE", "written", ["writes"]],
    ["LOCK TABLE locks IN SHARE ROW EXCLUSIVE MODE", "SHARE ROW EXCLUSIVE", "written", ["writes"]],
    ["LOCK TABLE locks IN EXCLUSIVE MODE", "EXCLUSIVE", "written", ["writes"]],
  ] as const)("sees what %s stops", async (migration, mode, behind, stopped) => {
    const { outcome, stalls, left } = await watched(["public.locks"], `begin; ${migration}; commit`);
    expect(outcome).toBe("done");
    expect(stalls).toEqual([{ revision: "4f2a", direction: "down", relation: "public.locks", mode, behind, stopped }]);
    expect(left).toBe(0);
  });

  it("sees the stronger lock that a later statement waits for", async () => {
    const { stalls } = await watched(
      ["public.locks"],
      "begin; CREATE INDEX ON locks (name); ALTER TABLE locks ADD COLUMN width int; commit",
    );
    expect(stalls.map(({ mode, stopped }) => [mode, stopped])).toEqual([
      ["SHARE", ["writes"]],
      ["ACCESS EXCLUSIVE", ["reads", "writes"]],
    ]);
  });

  it("sees each of several tables, under names that need quotes, and what is no table", async () => {
    const { stalls } = await watched(
      ["public.locks", 'public."Lock keepers"', "public.lock_names"],
      `begin; DROP MATERIALIZED VIEW lock_names; ALTER TABLE "Lock keepers" ADD COLUMN name text;
       ALTER TABLE locks DROP COLUMN name; commit`,
    );
    expect(stalls.map(({ relation, stopped }) => [relation, stopped])).toEqual([
      ["public.lock_names", ["reads"]],
      ['public."Lock keepers"', ["reads", "writes"]],
      ["public.locks", ["reads", "writes"]],
    ]);
  });

  it("keeps nobody waiting who waits for the end of open transactions", async () => {
    const { outcome, stalls } = await watched(["public.locks"], "CREATE INDEX CONCURRENTLY ON locks (name)");
    expect([outcome, stalls]).toEqual(["done", []]);
  });

  it("gives the step's own error", async () => {
    await expect(watched(["public.locks"], "ALTER TABLE locks DROP COLUMN nothing")).rejects.toThrow(/does not exist/);
    await expect(
      withParkedTransactions(
        () => connectAs(server.connection(server.maintenanceDatabase)),
        { revision: "4f2a", direction: "up" },
        [],
        () => delay(1).then(() => Promise.reject(new Error("tide"))),
      ),
    ).rejects.toThrow("tide");
  });
});

describe("headgate check", () => {
  const up = "CREATE INDEX locks_name ON locks (name);\nALTER TABLE locks ADD COLUMN width int;\n";
  const seen = async (tree: Record<string, string>, outageProbe?: boolean) => {
    using repository = testRepository(tree);
    repository.commit("a history");
    repository.git("checkout", "--quiet", "-b", "topic");
    const forwardOnly = "migrations/V1__locks.sql" in tree;
    repository.write(
      forwardOnly
        ? { "migrations/V2__names.sql": up }
        : {
            "migrations/2_names.up.sql": up,
            "migrations/2_names.down.sql": "DROP INDEX locks_name;\nALTER TABLE locks DROP COLUMN width;\n",
          },
    );
    repository.commit("an index and a column");
    const { projects } = await runGate({
      directory: repository.root,
      engine: "embedded",
      base: "main",
      environment: process.env,
      ...(outageProbe === undefined ? {} : { outageProbe }),
    });
    return (projects[0]?.findings ?? []).flatMap(({ ruleId, direction, message, evidence }) =>
      (evidence?.stalls ?? []).map(({ mode, behind, stopped }) => ({
        ruleId,
        direction,
        message,
        mode,
        behind,
        stopped,
      })),
    );
  };
  const pairs = {
    "migrations/1_locks.up.sql": "CREATE TABLE locks (id bigint PRIMARY KEY, name text);\n",
    "migrations/1_locks.down.sql": "DROP TABLE locks;\n",
  };
  const expected = expect.arrayContaining([
    {
      ruleId: "create-index-blocking",
      direction: "up",
      message: expect.stringMatching(
        /while it waits behind one open transaction that has written public\.locks, writes of public\.locks stop\.$/,
      ),
      mode: "SHARE",
      behind: "written",
      stopped: ["writes"],
    },
  ]);

  it("says with the finding what stops while its statement waits, forth and back", async () => {
    const stalls = await seen(pairs);
    expect(stalls).toEqual(expected);
    expect(stalls).toContainEqual({
      ruleId: "drop-index-blocking",
      direction: "down",
      message: expect.stringMatching(
        /while it waits behind one open transaction that has read public\.locks, reads and writes of public\.locks stop\.$/,
      ),
      mode: "ACCESS EXCLUSIVE",
      behind: "read",
      stopped: ["reads", "writes"],
    });
  });

  it("does so where there is no way back", async () => {
    expect(await seen({ "migrations/V1__locks.sql": pairs["migrations/1_locks.up.sql"] })).toEqual(expected);
  });

  it("does not when told not to", async () => {
    expect(await seen(pairs, false)).toEqual([]);
  });
});
