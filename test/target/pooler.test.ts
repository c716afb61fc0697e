import { spawn } from "node:child_process";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { serverAccount } from "../../src/engines/server-account.ts";
import { connectTarget } from "../../src/target/connect-target.ts";
import { refusePooler } from "../../src/target/pooler.ts";
import { parseTarget } from "../../src/target/target.ts";
import type { Target } from "../../src/target/target.ts";
import { targetOf } from "../support/guarded.ts";
import { startTestServer } from "../support/postgres.ts";
import { available } from "../support/requirements.ts";
import { freePort } from "../../src/engines/free-port.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => server?.[Symbol.asyncDispose]());

async function verdict(target: Target): Promise<string> {
  const client = await connectTarget(target, "headgate");
  try {
    await refusePooler(client, target);
    return "let in";
  } catch (error) {
    return (error as Error).message;
  } finally {
    await client.end();
  }
}

test("a server itself is no pooler", async () => {
  expect(await verdict(targetOf(server, server.maintenanceDatabase))).toBe("let in");
});

describe.skipIf(!available("pgbouncer"))("PgBouncer", () => {
  test.each([
    ["transaction", "", /gives each transaction another server/],
    ["transaction", "server_round_robin = 1", /gives each transaction another server/],
    ["transaction", "default_pool_size = 1", /gives each transaction another server/],
    ["statement", "", /gives each transaction another server/],
    ["session", "", /^let in$/],
    ["session", "default_pool_size = 1", /one connection at a time/],
  ])(
    "in %s mode %s",
    async (mode, more, expected) => {
      await using pooler = await startPooler(`pool_mode = ${mode}\n${more}`);
      // Others are there, too.
      const others = await Promise.all(
        [1, 2, 3].map(async () => (more.includes("= 1") ? undefined : connectTarget(pooler.target, "other"))),
      );
      const traffic = others.map((other) => other?.query("select pg_sleep(0.01)").catch(() => {}));
      expect(await verdict(pooler.target)).toMatch(expected);
      await Promise.all(traffic);
      await Promise.all(others.map((other: pg.Client | undefined) => other?.end()));
    },
    60_000,
  );
});

/** A PgBouncer in front of the server. */
async function startPooler(settings: string): Promise<AsyncDisposable & { readonly target: Target }> {
  const { host, port, user, password } = server.connection(server.maintenanceDatabase);
  const directory = await mkdtemp(join(tmpdir(), "headgate-pooler-"));
  const listening = await freePort();
  const file = join(directory, "pgbouncer.ini");
  await writeFile(
    file,
    `[databases]
canal = host=${host} port=${port} dbname=${server.maintenanceDatabase} user=${user} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listening}
unix_socket_dir =
auth_type = any
query_wait_timeout = 3
${settings}
`,
  );
  const account = serverAccount();
  if (account) await Promise.all([directory, file].map((path) => chown(path, account.uid, account.gid)));
  const child = spawn("pgbouncer", [file], { stdio: "ignore", ...account });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const target = parseTarget(
    `postgresql://keeper:any@127.0.0.1:${listening}/canal?sslmode=disable&connect_timeout=5`,
    {},
  );
  for (let tries = 0; tries < 100; tries++) {
    const reached = await connectTarget(target, "headgate").catch(() => undefined);
    await reached?.end();
    if (reached) break;
    await sleep(50);
  }
  return {
    target,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
