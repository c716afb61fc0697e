import type { ServerBinaries } from "./binaries.ts";

/** Whom a new cluster belongs to. */
export const superuser = "postgres";

/** The major version of programs. */
export const majorOf = ({ version }: ServerBinaries): number => Number.parseInt(version, 10);

/** Fast and repeatable rather than durable: the cluster lives for minutes and nobody needs it after a crash. */
export function serverOptions(directory: string, port: number): string[] {
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

/** Text sorts by code point everywhere; letters outside ASCII are letters wherever the platform has a locale for that. */
export function initdbOptions(binaries: ServerBinaries): string[] {
  const locale =
    majorOf(binaries) >= 17
      ? ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
      : ["--locale=C", `--lc-ctype=${process.platform === "darwin" ? "en_US.UTF-8" : "C.UTF-8"}`];
  return [`--username=${superuser}`, "--auth=scram-sha-256", "--encoding=UTF8", "--no-sync", ...locale];
}
