import { execFile, execFileSync } from "node:child_process";
import { appendFileSync, chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { binaryDirectories } from "../../src/engines/binaries.ts";
import { serverAccount } from "../../src/engines/server-account.ts";
import { usableBinaries } from "../../src/engines/usable-binaries.ts";
import { freePort } from "../../src/engines/free-port.ts";

const run = promisify(execFile);
const major = 17;

/** A real server that a test may stop, start again, take the disk from, or stand a second one beside. */
export interface FragileServer extends AsyncDisposable {
  /** Of a superuser without a password. */
  url(database?: string): string;
  /** `immediate` is a crash: nothing is written before it ends. */
  stop(mode: "fast" | "immediate"): Promise<void>;
  /** Does nothing where it has come up again by itself. */
  start(): Promise<void>;
  /** Puts its write-ahead log on another disk. */
  moveLog(directory: string): Promise<void>;
  /** Makes a server that follows this one, and is read-only until it is promoted. */
  standby(): Promise<FragileServer>;
  /** Becomes a primary. */
  promote(): Promise<void>;
}

/** What it is started with: a line of `postgresql.conf` each. */
export type Settings = Readonly<Record<string, string | number>>;

/**
 * Starts one with its files in a directory of its own.
 * @param parent where that is made; on a disk of its own, for a test that fills it
 */
export async function startFragileServer(settings: Settings = {}, parent = tmpdir()): Promise<FragileServer> {
  const directory = newDirectory(parent);
  await program(
    "initdb",
    "-D",
    directory,
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--no-sync",
  );
  return await started(directory, settings);
}

async function started(directory: string, settings: Settings): Promise<FragileServer> {
  const port = await freePort();
  const all = { port, listen_addresses: "127.0.0.1", unix_socket_directories: directory, fsync: "off", ...settings };
  const lines = Object.entries(all).map(([name, value]) => `${name} = '${value}'\n`);
  appendFileSync(join(directory, "postgresql.conf"), lines.join(""));
  const control = (...args: readonly string[]) =>
    program("pg_ctl", "-D", directory, "-w", "-l", join(directory, "log"), ...args);
  await control("start");
  return {
    url: (database = "postgres") => `postgresql://postgres@127.0.0.1:${port}/${database}`,
    stop: (mode) => control("stop", "-m", mode),
    start: () => control("status").catch(() => control("start")),
    promote: () => control("promote"),
    async moveLog(to) {
      await control("stop", "-m", "fast");
      execFileSync("sh", [
        "-c",
        'cp -a "$0/pg_wal" "$1/" && rm -r "$0/pg_wal" && ln -s "$1/pg_wal" "$0/pg_wal"',
        directory,
        to,
      ]);
      await control("start");
    },
    async standby() {
      const copy = newDirectory(tmpdir());
      const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres", database: "postgres" });
      await client.connect();
      await client.query("SELECT pg_backup_start('standby', true)");
      execFileSync("cp", ["-a", `${directory}/.`, copy]);
      const { rows } = await client.query<{ labelfile: string }>("SELECT labelfile FROM pg_backup_stop(false)");
      await client.end();
      for (const name of ["postmaster.pid", "postmaster.opts"]) rmSync(join(copy, name), { force: true });
      const account = serverAccount();
      for (const [name, text] of [
        ["backup_label", rows[0]?.labelfile ?? ""],
        ["standby.signal", ""],
      ] as const) {
        appendFileSync(join(copy, name), text);
        if (account) chownSync(join(copy, name), account.uid, account.gid);
      }
      return await started(copy, { ...settings, primary_conninfo: `host=127.0.0.1 port=${port} user=postgres` });
    },
    async [Symbol.asyncDispose]() {
      await control("stop", "-m", "immediate").catch(() => {});
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Runs one of PostgreSQL's programs, as an account that it accepts. */
async function program(name: string, ...args: readonly string[]): Promise<void> {
  const account = serverAccount();
  const [found] = binaryDirectories(major);
  if (found === undefined) throw new Error(`PostgreSQL ${major} is not installed.`);
  const bin = usableBinaries(found, account);
  // What pg_ctl starts keeps its pipes open.
  await run("/bin/sh", ["-c", '"$0" "$@" >/dev/null 2>&1 </dev/null', join(bin, name), ...args], {
    cwd: "/",
    env: { PATH: process.env["PATH"], LC_ALL: "C" },
    ...account,
  });
}

function newDirectory(parent: string): string {
  const directory = mkdtempSync(join(parent, "headgate-fragile-"));
  const account = serverAccount();
  if (account) chownSync(directory, account.uid, account.gid);
  return directory;
}
