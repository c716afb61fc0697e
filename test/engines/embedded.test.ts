import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { connectAs } from "../../src/engines/connect.ts";
import { startEmbedded } from "../../src/engines/embedded.ts";
import { ownConnection } from "../../src/engines/own-connection.ts";
import { UsageError } from "../../src/errors.ts";
import { connectTo } from "../support/postgres.ts";

/** What is left of a server: its process, its directory, its guardian. */
interface Traces {
  readonly pid: number;
  readonly directory: string;
}

const alive = (pid: number): boolean => {
  try {
    // A process that has ended and was not yet waited for is gone too.
    return process.platform !== "linux" || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))
      ? process.kill(pid, 0)
      : false;
  } catch {
    return false;
  }
};
const gone = ({ pid, directory }: Traces) =>
  expect
    .poll(() => ({ alive: alive(pid), directory: existsSync(directory) }), { timeout: 10_000 })
    .toEqual({
      alive: false,
      directory: false,
    });

describe.each([14, 15, 16, 17, 18])("PostgreSQL %i", (major) => {
  test("starts, answers, and is gone after dispose", async () => {
    let traces: Traces;
    {
      await using server = await startEmbedded({ postgres: String(major) });
      expect(server).toMatchObject({ engine: "embedded", major, version: expect.stringMatching(`^${major}\\.`) });
      await using client = await connectTo(server, "postgres");
      const { rows } = await client.query<{ directory: string; pid: number }>(
        `select current_setting('data_directory') as directory, current_setting('server_version') as version,
                current_setting('TimeZone') as timezone, pg_encoding_to_char(encoding) as encoding, upper('é') as upper,
                inet_server_addr()::text as address, (select setting from pg_settings where name = 'fsync') as fsync,
                split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int as pid
           from pg_database where datname = current_database()`,
      );
      expect(rows[0]).toMatchObject({
        version: server.version,
        timezone: "UTC",
        encoding: "UTF8",
        upper: "É",
        address: "127.0.0.1/32",
        fsync: "off",
      });
      traces = { pid: rows[0]?.pid ?? 0, directory: dirname(rows[0]?.directory ?? "") };
      expect(statSync(traces.directory).mode & 0o777).toBe(0o700);
      expect(existsSync(join(traces.directory, "password"))).toBe(false);
    }
    expect(alive(traces.pid)).toBe(false);
    expect(existsSync(traces.directory)).toBe(false);
  });
});

test("asks for a password on the port and on the socket", async () => {
  await using server = await startEmbedded({});
  const wrong = { ...server, connection: (name: string) => ({ ...server.connection(name), password: "wrong" }) };
  await expect(connectTo(wrong, "postgres")).rejects.toMatchObject({ code: "28P01" });
  await using client = await connectTo(server, "postgres");
  const { rows } = await client.query("show unix_socket_directories");
  const onSocket = {
    ...wrong,
    connection: (name: string) => ({ ...wrong.connection(name), host: rows[0].unix_socket_directories }),
  };
  await expect(connectTo(onSocket, "postgres")).rejects.toMatchObject({ code: "28P01" });
});

test.each(["9.6", "13", "19", "latest", "18; rm", ""])("has no version `%s`", async (postgres) => {
  const failure = startEmbedded({ postgres });
  await expect(failure).rejects.toThrow(UsageError);
  await expect(failure).rejects.toThrow("14, 15, 16, 17, 18");
});

test("a client comes over TCP, and connections of our own over the socket", async () => {
  await using server = await startEmbedded({});
  const addresses = [];
  for (const connection of [server.connection("postgres"), ownConnection(server, "postgres")]) {
    const client = await connectAs(connection);
    addresses.push((await client.query("select host(inet_client_addr()) as address")).rows[0].address);
    await client.end();
  }
  expect(addresses).toEqual(["127.0.0.1", null]);
});

test("says that another minor version is used than was asked for", async () => {
  const said: string[] = [];
  await using server = await startEmbedded({ postgres: "17.1", onProgress: (step) => said.push(step) });
  expect(said).toEqual([
    `using PostgreSQL ${server.version} instead of 17.1: the embedded engine has one of each major`,
  ]);
});

test("two servers at once do not meet", async () => {
  const servers = await Promise.all([startEmbedded({}), startEmbedded({})]);
  const ports = servers.map((server) => server.connection("postgres").port);
  expect(new Set(ports).size).toBe(2);
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
});

describe("a process that ends without disposing", () => {
  const run = async (ending: string) => {
    const script = `
      import { startEmbedded } from ${JSON.stringify(import.meta.resolve("../../src/engines/embedded.ts"))};
      import { connectAs } from ${JSON.stringify(import.meta.resolve("../../src/engines/connect.ts"))};
      const server = await startEmbedded({ postgres: "17" });
      const client = await connectAs(server.connection("postgres"));
      const { rows } = await client.query("select current_setting('data_directory') as d, split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int as pid");
      console.log(JSON.stringify(rows[0]));
      // A connection that is busy must not keep the server alive.
      client.query("select pg_sleep(600)").catch(() => {});
      setTimeout(() => { ${ending} }, 100);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      env: { PATH: process.env["PATH"] },
      stdio: ["ignore", "pipe", "ignore"],
      detached: true,
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const { d, pid } = JSON.parse(String(line)) as { d: string; pid: number };
    expect(alive(pid)).toBe(true);
    return { child, traces: { pid, directory: dirname(d) } };
  };

  test.each(["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"] as const)("by %s leaves no server", async (signal) => {
    const { child, traces } = await run("");
    child.kill(signal);
    await gone(traces);
  });

  test("by Ctrl-C, which reaches its whole process group, can still ask the server and leaves none", async () => {
    const { child, traces } = await run(`process.once("SIGINT", async () => {
      const last = await connectAs(server.connection("postgres"));
      console.log((await last.query("select 'served' as answer")).rows[0].answer);
      process.exit();
    });`);
    // The handler is installed a moment after the line that run() waits for.
    await sleep(300);
    process.kill(-(child.pid ?? Number.NaN), "SIGINT");
    expect(String(await once(child.stdout, "data"))).toBe("served\n");
    await gone(traces);
  });

  test.each([
    ["an uncaught exception", "throw new Error('planted')"],
    ["process.exit", "process.exit(0)"],
    ["abort", "process.abort()"],
  ])("by %s leaves no server", async (_, ending) => {
    const { traces } = await run(ending);
    await gone(traces);
  });

  test("by kill -9 at any moment of the start leaves no directory", async () => {
    const temporary = mkdtempSync(join(tmpdir(), "t-"));
    chmodSync(temporary, 0o777);
    onTestFinished(() => rmSync(temporary, { recursive: true, force: true }));
    const script = `
      import { startEmbedded } from ${JSON.stringify(import.meta.resolve("../../src/engines/embedded.ts"))};
      await startEmbedded({ postgres: "17" });`;
    for (let delayMs = 150; delayMs < 900; delayMs += 75) {
      const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
        env: { PATH: process.env["PATH"], TMPDIR: temporary },
        stdio: "ignore",
      });
      setTimeout(() => child.kill("SIGKILL"), delayMs);
      await once(child, "exit");
    }
    await expect.poll(() => readdirSync(temporary), { timeout: 10_000 }).toEqual([]);
    expect(execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })).not.toContain(temporary);
  });
});

test("a start that fails says the last line of the log in one sentence and leaves nothing", async () => {
  const temporary = mkdtempSync(join(tmpdir(), "t-"));
  onTestFinished(() => rmSync(temporary, { recursive: true, force: true }));
  chmodSync(temporary, 0o777);
  const script = `
    import { startEmbedded } from ${JSON.stringify(import.meta.resolve("../../src/engines/embedded.ts"))};
    await startEmbedded({ postgres: "17" }).catch((error) => console.log(error.name + ": " + error.message));`;
  // No file may grow beyond 100 kB: what a full disk does to initdb.
  const output = execFileSync(
    "/bin/sh",
    ["-c", 'ulimit -f 200; exec "$@"', "sh", process.execPath, "--input-type=module", "-e", script],
    { env: { PATH: process.env["PATH"], TMPDIR: temporary }, encoding: "utf8" },
  );
  expect(output).toMatch(/^EngineError: PostgreSQL 17\.\d+ did not start: [^\n]*[Ff]ile[^\n]*\n$/);
  expect(readdirSync(temporary)).toEqual([]);
});
