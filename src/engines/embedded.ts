import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { EngineError } from "../errors.ts";
import type { ServerBinaries } from "./binaries.ts";
import { cacheDirectory } from "./cache-directory.ts";
import type { EngineOptions, PostgresServer } from "./engine.ts";
import { findBinaries } from "./find-binaries.ts";
import { startGuardian } from "./guardian.ts";
import { firstConnection, isRefusal } from "./first-connection.ts";
import { forgetCluster, keptCluster, type KeptCluster } from "./kept-cluster.ts";
import { roomHint } from "./room-hint.ts";
import { serverAccount, type ServerAccount } from "./server-account.ts";
import { serverDirectory } from "./server-directory.ts";
import { lastComplaint, lastWords, readLog } from "./server-log.ts";
import { initdbOptions, majorOf, serverOptions, superuser } from "./server-settings.ts";
import { freePort } from "./free-port.ts";

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
  const connection = (database: string) => ({ host: "127.0.0.1", port, user: superuser, password, database });
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
      await client.query(`alter role ${superuser} password '${password}'`);
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
      // It belongs to the account that the server runs as.
      ...(existsSync(join(directory, `.s.PGSQL.${port}`)) && { socketDirectory: directory }),
      maintenanceDatabase,
      templateDatabase: "template1",
      lastWords: () => lastWords(readLog(directory)),
      [Symbol.asyncDispose]: () => guardian.release(),
    },
  };
}

const randomPassword = (): string => randomBytes(24).toString("base64url");
