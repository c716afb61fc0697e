import { hash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { EngineError } from "../errors.ts";
import { answerOf } from "./patience.ts";

/** Between two attempts to take the lock, in milliseconds; half of it is chance. */
const pollMs = 500;

/** The right to change one history of one database; it ends with its connection. */
export interface DatabaseLock {
  /** Aborted when the connection, and with it the lock, is lost. */
  readonly lost: AbortSignal;
  /** Makes sure that the lock is still held, by asking the server. @throws EngineError when it is not */
  verify(): Promise<void>;
}

/**
 * Tells the connections of a migration tool behind the guard from all others, also when their run has died, for
 * `application_name`: the guard names them `headgate REVISION`, or `headgate-HASH REVISION` where each tenant has a schema, and
 * Headgate's own are `headgate`.
 */
export const workingName = (schema: string | undefined): string =>
  schema === undefined ? "headgate" : `headgate-${hash("sha256", schema).slice(0, 8)}`;

/** The key of the lock: one for each history table, whatever tool writes it. */
function lockKey(historyTable: string): bigint {
  return hash("sha256", `headgate ${historyTable}`, "buffer").readBigInt64BE(0) & 0x7fff_ffff_ffff_ffffn;
}

/**
 * Takes the lock on a connection that does nothing else, and waits until whatever a dead run left running has ended.
 * It asks again and again instead of waiting in the server: a session that waits there holds a snapshot, for which
 * CREATE INDEX CONCURRENTLY by the holder of the lock would wait in turn.
 * @param name what `workingName` says of the history
 * @param waiting called once when somebody else has the lock, with who that is
 * @throws EngineError when the time is over
 */
export async function takeLock(
  client: pg.Client,
  { historyTable, name }: { readonly historyTable: string; readonly name: string },
  timeLimitMs: number,
  waiting: (holder: string) => void,
): Promise<DatabaseLock> {
  const key = lockKey(historyTable);
  const deadline = performance.now() + timeLimitMs;
  const lost = new AbortController();
  const lose = () => lost.abort();
  client.on("error", lose);
  client.on("end", lose);
  let told = false;
  const wait = async (holder: string) => {
    if (!told) waiting(holder);
    told = true;
    if (performance.now() > deadline)
      throw new EngineError(
        `Another run holds the lock on this database (${holder}) and did not end within ${Math.round(timeLimitMs / 1000)} s. Wait for it, or raise --lock-wait.`,
      );
    await sleep(pollMs / 2 + Math.random() * (pollMs / 2));
  };
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>("SELECT pg_try_advisory_lock($1) AS taken", [String(key)]);
    if (rows[0]?.taken) break;
    await wait(await holderOf(client, key));
  }
  // A statement of a run that was killed goes on until the server notices that nobody waits for it.
  for (let left = await working(client, name); left !== undefined; left = await working(client, name)) await wait(left);
  return {
    lost: lost.signal,
    async verify() {
      try {
        if (!lost.signal.aborted) await answerOf(client.query("SELECT 1"));
      } catch {
        lose();
      }
      if (lost.signal.aborted)
        throw new EngineError("The connection that holds the lock was lost, and nothing more was sent.");
    },
  };
}

const about =
  "format('process %s of %s, since %s', pid, coalesce(nullif(application_name, ''), 'an unnamed application'), date_trunc('second', backend_start))";

async function holderOf(client: pg.ClientBase, key: bigint): Promise<string> {
  const { rows } = await client.query<{ holder: string }>(
    `SELECT ${about} AS holder FROM pg_stat_activity WHERE pid IN (
       SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
         AND (classid::bigint << 32) | objid::bigint = $1)`,
    [String(key)],
  );
  return rows[0]?.holder ?? "a run that has just ended";
}

async function working(client: pg.ClientBase, name: string): Promise<string | undefined> {
  const { rows } = await client.query<{ holder: string }>(
    `SELECT ${about} AS holder FROM pg_stat_activity WHERE datname = current_database() AND starts_with(application_name, $1) LIMIT 1`,
    [`${name} `],
  );
  return rows[0]?.holder;
}
