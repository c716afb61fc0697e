// What an application notices while a migration runs that has to wait for one open transaction: with the plain tool, which
// waits as long as that takes, and with headgate apply, which gives the lock up and tries again. Then the same without that
// transaction: how long the statement itself keeps others waiting. The last migration takes two locks, and behind somebody
// who keeps the second the first is to be had only in between: what a transaction waits for one lock after the other.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { apply } from "../src/apply/apply.ts";
import { startEmbedded } from "../src/engines/embedded.ts";
import { connectionUrl } from "../src/sessions/connection-string.ts";

/** How long somebody keeps a transaction open that has written to the table, in milliseconds. */
const openMs = Number(process.argv[2] ?? 8_000);
/** How many rows the table has. */
const rows = Number(process.argv[3] ?? 200_000);
const lockTimeoutMs = 2_000;
const clients = 4;

await using server = await startEmbedded({});
const directory = mkdtempSync(join(tmpdir(), "headgate-bench-"));

/** Safe ones first. */
const migrations = [
  "CREATE TABLE passages (id bigint PRIMARY KEY)",
  "ALTER TABLE boats ADD COLUMN draught int",
  "ALTER TABLE boats ADD COLUMN draught int NOT NULL DEFAULT 0",
  "CREATE INDEX CONCURRENTLY by_name ON boats (name)",
  "ALTER TABLE boats ADD FOREIGN KEY (yard) REFERENCES yards NOT VALID",
  "ALTER TABLE boats VALIDATE CONSTRAINT built",
  "CREATE INDEX by_name ON boats (name)",
  "ALTER TABLE boats ADD FOREIGN KEY (yard) REFERENCES yards",
  "ALTER TABLE boats ALTER COLUMN yard TYPE bigint",
  "ALTER TABLE boats ADD COLUMN draught int; ALTER TABLE yards ADD COLUMN depth int",
];
/** How long the table that comes first is kept each time where there are two, in milliseconds. */
const comesAndGoesMs = 1_500;

console.log(`| longest stall, ms | plain, behind ${openMs / 1000} s | headgate | plain, alone | headgate |`);
console.log("|---|---:|---:|---:|---:|");
for (const sql of migrations) {
  const stalls: string[] = [];
  for (const behindMs of [openMs, 0])
    for (const how of ["psql", "headgate"] as const) stalls.push((await measure(sql, how, behindMs)).toFixed(0));
  console.log(`| \`${sql}\` | ${stalls.join(" | ")} |`);
}
console.log(`The aim: no stall longer than lock_timeout (${lockTimeoutMs} ms) and one gap between two attempts.`);
rmSync(directory, { recursive: true });

/** The longest that one statement of the application took, in milliseconds. */
async function measure(sql: string, how: "psql" | "headgate", behindMs: number): Promise<number> {
  rmSync(join(directory, "migrations"), { recursive: true, force: true });
  mkdirSync(join(directory, "migrations"));
  writeFileSync(
    join(directory, "migrations", "1_boats.up.sql"),
    `CREATE TABLE yards (id int PRIMARY KEY);
CREATE TABLE boats (id bigint PRIMARY KEY, name text, yard int);
ALTER TABLE boats ADD CONSTRAINT built CHECK (yard > 0) NOT VALID;
`,
  );
  const maintenance = await connect(server.maintenanceDatabase);
  await maintenance.query("drop database if exists traffic with (force)");
  await maintenance.query("create database traffic");
  await maintenance.end();
  const owner = await connect("traffic");
  await applied();
  await owner.query("insert into yards select n from generate_series(1, 100) n");
  await owner.query("insert into boats select n, 'boat ' || n, 1 + n % 100 from generate_series(1, $1::int) n", [rows]);
  writeFileSync(join(directory, "migrations", "2_change.up.sql"), `${sql};\n`);
  let running = true;
  let longestMs = 0;
  const application = Array.from({ length: clients }, async (_, number) => {
    const client = await connect("traffic");
    for (let turn = number; running; turn++) {
      const startedAt = performance.now();
      await client.query(
        turn % 2 === 0 ? "select name from boats where id = $1" : "update boats set name = name where id = $1",
        [(turn * 7 + number) % 1000],
      );
      longestMs = Math.max(longestMs, performance.now() - startedAt);
      await delay(5);
    }
    await client.end();
  });
  const leaving = behindMs > 0 ? await hold(owner, sql, behindMs) : [];
  await (how === "psql" ? psql(sql) : applied());
  await Promise.all(leaving);
  running = false;
  await Promise.all(application);
  await owner.end();
  return longestMs;
}

/** Keeps what the migration needs, and resolves when that has begun to what ends when it has ended. */
async function hold(owner: pg.Client, sql: string, forMs: number): Promise<readonly Promise<unknown>[]> {
  const takeBoats = "begin; insert into boats values ((select max(id) + 1 from boats), 'Argo', 1)";
  if (!sql.includes("TABLE yards")) {
    await owner.query(takeBoats);
    return [delay(forMs).then(() => owner.query("commit"))];
  }
  const until = performance.now() + forMs;
  const other = await connect("traffic");
  await other.query("begin; insert into yards values (101)");
  const comesAndGoes = async (): Promise<void> => {
    while (performance.now() < until) {
      await owner.query(takeBoats);
      await delay(comesAndGoesMs);
      await owner.query("commit");
    }
  };
  return [
    comesAndGoes(),
    delay(forMs)
      .then(() => other.query("commit"))
      .then(() => other.end()),
  ];
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
