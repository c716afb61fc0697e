import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { connectTo, startTestServer } from "../support/postgres.ts";

const run = promisify(execFile);
const script = fileURLToPath(new URL("memory-probe.ts", import.meta.url));

let server: PostgresServer;
beforeAll(async () => {
  server = await startTestServer();
  await using maintenance = await connectTo(server, server.maintenanceDatabase);
  await maintenance.query("create database quay");
});
afterAll(() => server?.[Symbol.asyncDispose]());

/** Peak memory of a process with nothing but proxy and recorder in it, in megabytes, above what it was when they were ready. */
async function growth(workload: string): Promise<{ grownMb: number; statements: number }> {
  const arguments_ = [script, workload, JSON.stringify(server.connection("quay"))];
  const { stdout } = await run(process.execPath, arguments_, { timeout: 300_000 });
  return JSON.parse(stdout);
}

test("100 MB of COPY in each direction take no memory", async () => {
  const { grownMb, statements } = await growth("copy");
  expect(statements).toBe(4);
  expect(grownMb).toBeLessThan(100);
}, 300_000);

test("10,000 statements take no more memory than their record", async () => {
  const { grownMb, statements } = await growth("statements");
  expect(statements).toBe(10_000);
  expect(grownMb).toBeLessThan(120);
}, 300_000);
