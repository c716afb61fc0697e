// What an application notices while a migration runs that has to wait for one open transaction: with the plain tool, which
// waits as long as that takes, and with headgate apply, which gives the lock up and tries again.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { apply } from "../src/apply/apply.ts";
import { startEmbedded } from "../src/engines/embedded.ts";
import { connectionUrl } from "../src/sessions/connection-string.ts";

/** How long somebody keeps a transaction open that has read the table, in milliseconds. */
const openMs = Number(process.argv[2] ?? 12_000);
const lockTimeoutMs = 2_000;
const clients = 4;

await using server = await startEmbedded({});
const directory = mkdtempSync(join(tmpdir(), "headgate-bench-"));

const migrations = {
  "safe: CREATE TABLE": "CREATE TABLE passages (id bigint PRIMARY KEY);",
  "unsafe: ALTER TABLE … ADD COLUMN": "ALTER TABLE boats ADD COLUMN draught int;",
} as const;

for (const [name, sql] of Object.entries(migrations)) {
  console.log(`${name}, behind a transaction that stays open for ${openMs / 1000} s`);
  for (const how of ["plain psql", "headgate apply"] as const) {
    const { longestMs, count, tookMs } = await measure(sql, how);
    console.log(
      `  ${how.padEnd(15)} longest stall ${longestMs.toFixed(0).padStart(6)} ms   ${count} statements of the application, done in ${(tookMs / 1000).toFixed(1)} s`,
    );
  }
}
console.log(`The aim: no stall longer than lock_timeout (${lockTimeoutMs} ms) and one gap between two attempts.`);
rmSync(directory, { recursive: true });

async function measure(sql: string, how: "plain psql" | "headgate apply") {
  rmSync(join(directory, "migrations"), { recursive: true, force: true });
  mkdirSync(join(directory, "migrations"));
  writeFileSync(
    join(directory, "migrations", "1_boats.up.sql"),
    "CREATE TABLE boats (id bigint PRIMARY KEY, name text);",
  );
  const maintenance = await connect(server.maintenanceDatabase);
  await maintenance.query("drop database if exists traffic with (force)");
  await maintenance.query("create database traffic");
  await maintenance.end();
  const owner = await connect("traffic");
  await applied();
  await owner.query("insert into boats select n, 'boat ' || n from generate_series(1, 1000) n");
  writeFileSync(join(directory, "migrations", "2_change.up.sql"), `${sql}\n`);
  let running = true;
  let longestMs = 0;
  let count = 0;
  const application = Array.from({ length: clients }, async (_, number) => {
    const client = await connect("traffic");
    for (let turn = number; running; turn++) {
      const startedAt = performance.now();
      await client.query(
        turn % 2 === 0 ? "select name from boats where id = $1" : "update boats set name = name where id = $1",
        [(turn * 7 + number) % 1000],
      );
      longestMs = Math.max(longestMs, performance.now() - startedAt);
      count++;
      await delay(5);
    }
    await client.end();
  });
  await owner.query("begin; select count(*) from boats");
  const startedAt = performance.now();
  const leaving = delay(openMs).then(() => owner.query("commit"));
  await (how === "plain psql" ? psql(sql) : applied());
  const tookMs = performance.now() - startedAt;
  await leaving;
  running = false;
  await Promise.all(application);
  await owner.end();
  return { longestMs, count, tookMs };
}

async function connect(database: string): Promise<pg.Client> {
  const client = new pg.Client(server.connection(database));
  await client.connect();
  return client;
}

async function psql(sql: string): Promise<void> {
  const child = spawn(
    "psql",
    ["--quiet", "--no-psqlrc", "--command", sql, connectionUrl(server.connection("traffic"))],
    {
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (code !== 0) throw new Error(`psql ended with ${String(code)}.`);
}

async function applied(): Promise<void> {
  await apply({
    directory,
    databaseUrl: connectionUrl(server.connection("traffic")),
    engine: "embedded",
    environment: { PATH: process.env["PATH"], HOME: process.env["HOME"] },
  });
}
