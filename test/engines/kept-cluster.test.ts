import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startEmbedded } from "../../src/engines/embedded.ts";
import { forgetCluster } from "../../src/engines/kept-cluster.ts";
import { connectTo } from "../support/postgres.ts";

function emptyCache(): string {
  const cache = mkdtempSync(join(tmpdir(), "t-"));
  chmodSync(cache, 0o755);
  onTestFinished(() => rmSync(cache, { recursive: true, force: true }));
  return cache;
}

/** What is kept: a directory for each kind of cluster. */
function keptIn(cache: string): readonly string[] {
  const home = join(cache, "clusters");
  return readdirSync(home).flatMap((account) =>
    readdirSync(join(home, account)).map((name) => join(home, account, name)),
  );
}

/** Starts a server and ends it again. Gives what tells its cluster from others, and its password. */
async function start(cache: string): Promise<{ readonly cluster: string; readonly password: string }> {
  await using server = await startEmbedded({ postgres: "17" }, cache);
  await using client = await connectTo(server, "postgres");
  const { rows } = await client.query("select system_identifier as cluster from pg_control_system()");
  return { cluster: rows[0].cluster, password: server.connection("postgres").password };
}

const complete = (kept: string) =>
  expect.poll(() => existsSync(join(kept, "password")), { timeout: 60_000 }).toBe(true);

test("a server begins with the files of the one before, and has a password of its own", async () => {
  const cache = emptyCache();
  const first = await start(cache);
  const [kept = "", ...others] = keptIn(cache);
  expect(others).toEqual([]);
  await complete(kept);
  for (const path of [kept, join(kept, "data"), join(kept, "password")]) expect(statSync(path).mode & 0o077).toBe(0);

  const [second, third] = await Promise.all([start(cache), start(cache)]);
  expect(second.cluster).toBe(first.cluster);
  expect(third.cluster).toBe(first.cluster);
  expect(new Set([first, second, third].map(({ password }) => password)).size).toBe(3);
  expect(readdirSync(kept).toSorted()).toEqual(["data", "password"]);
});

test("what was not kept to its end is not used, and is made anew when nobody can be at it any more", async () => {
  const cache = emptyCache();
  const first = await start(cache);
  const [kept = ""] = keptIn(cache);
  await complete(kept);
  rmSync(join(kept, "password"));
  const second = await start(cache);
  expect(second.cluster).not.toBe(first.cluster);
  expect(existsSync(join(kept, "password"))).toBe(false);

  utimesSync(kept, new Date(0), new Date(0));
  await start(cache);
  const third = await start(cache);
  await complete(kept);
  expect((await start(cache)).cluster).toBe(third.cluster);
});

test("before another kind is kept, those go that no server has begun with for a month", async () => {
  const cache = emptyCache();
  const first = await start(cache);
  const [kept = ""] = keptIn(cache);
  await complete(kept);
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
  utimesSync(kept, daysAgo(40), daysAgo(40));
  expect((await start(cache)).cluster).toBe(first.cluster);

  const [old, recent] = [`${kept}-old`, `${kept}-recent`];
  for (const [directory, days] of [
    [old, 31],
    [recent, 29],
  ] as const) {
    mkdirSync(join(directory, "data"), { recursive: true });
    utimesSync(directory, daysAgo(days), daysAgo(days));
  }
  await start(cache);
  expect(existsSync(old)).toBe(true);
  await startEmbedded({ postgres: "16" }, cache).then((server) => server[Symbol.asyncDispose]());
  expect(existsSync(old)).toBe(false);
  expect(keptIn(cache)).toEqual(expect.arrayContaining([kept, recent]));
});

test("what is damaged, or open to others, is not used", async () => {
  const cache = emptyCache();
  const first = await start(cache);
  const [kept = ""] = keptIn(cache);
  await complete(kept);
  chmodSync(kept, 0o755);
  expect((await start(cache)).cluster).not.toBe(first.cluster);

  chmodSync(kept, 0o700);
  truncateSync(join(kept, "data/global/pg_control"));
  expect((await start(cache)).cluster).not.toBe(first.cluster);
  expect(keptIn(cache)).toEqual([]);
});

test.each([
  ["lets nobody in", "password", "another"],
  ["cannot make a database", "data/base/1/1247", Buffer.alloc(8192, "damaged")],
])("what starts and %s is not used, and nobody waits for it", { timeout: 50_000 }, async (_, file, damage) => {
  const cache = emptyCache();
  const first = await start(cache);
  const [kept = ""] = keptIn(cache);
  await complete(kept);
  writeFileSync(join(kept, file), damage);
  expect((await start(cache)).cluster).not.toBe(first.cluster);
  expect(keptIn(cache)).toEqual([]);
});

test("what cannot be removed is left, and ends nothing", () => {
  // Not even root can give it a longer name.
  const directory = join(emptyCache(), "x".repeat(250));
  mkdirSync(directory);
  forgetCluster({ directory });
  expect(existsSync(directory)).toBe(true);
});
