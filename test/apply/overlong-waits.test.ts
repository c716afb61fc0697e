import { setTimeout as pause } from "node:timers/promises";
import type pg from "pg";
import { expect, test } from "vitest";
import { overlongWaits, type OverlongWaits } from "../../src/apply/overlong-waits.ts";
import { testServers } from "./servers.ts";
import { boats } from "./target.ts";

const { target, connect } = testServers();
const name = "headgate-waits";
const lockTimeoutMs = 1000;

/** A transaction that holds one table and comes to wait for others, and somebody who keeps these. */
async function scene(play: (scene: Scene) => Promise<void>): Promise<void> {
  await using to = await target(boats);
  await to.client.query("CREATE TABLE first (); CREATE TABLE second (); CREATE TABLE third ()");
  await using worker = await connect(to);
  await using keeper = await connect(to);
  await worker.query(`SET application_name = '${name} 1'; BEGIN; LOCK TABLE first`);
  const lock = (table: string) =>
    worker.query(`LOCK TABLE ${table}`).then(
      () => true,
      (error: pg.DatabaseError) => error.code,
    );
  const waiting = () =>
    expect
      .poll(() => to.column("SELECT count(*)::int FROM pg_locks WHERE NOT granted AND waitstart IS NOT NULL"))
      .toEqual([1]);
  await play({
    waits: overlongWaits(to.client, name, lockTimeoutMs, () => true),
    async waitFor(table, ms) {
      await keeper.query(`BEGIN; LOCK TABLE ${table}`);
      const locked = lock(table);
      await waiting();
      await pause(ms);
      return { end: async () => (await keeper.query("ROLLBACK"), await locked) };
    },
  });
}

interface Scene {
  readonly waits: OverlongWaits;
  /** Has the worker wait so long; `end` gives it what it waits for, and says how that ended. */
  waitFor(table: string, ms: number): Promise<{ end(): Promise<unknown> }>;
}

test("what a transaction has waited for several locks counts together, and not what it did between them", () =>
  scene(async ({ waits, waitFor }) => {
    const second = await waitFor("second", 300);
    await waits.look(true);
    expect(await second.end()).toBe(true);
    // It works, and nobody is seen to wait.
    await waits.look(false);
    await pause(1500);
    const third = await waitFor("third", 300);
    await waits.look(true);
    expect(waits.cancelled()).toBe(false);
    await pause(800);
    await waits.look(true);
    expect(waits.cancelled()).toBe(true);
    expect(await third.end()).toBe("57014");
  }));

test("one lock is left to the server, which counts for one", () =>
  scene(async ({ waits, waitFor }) => {
    const second = await waitFor("second", 1300);
    await waits.look(true);
    expect(waits.cancelled()).toBe(false);
    expect(await second.end()).toBe(true);
  }));
