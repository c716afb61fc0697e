import type pg from "pg";
import { blocksQueries } from "../postgres/blocked-by.ts";
import { lockModes, spelledInView } from "../postgres/lock-modes.ts";

/** A session that waits for a lock while others wait, or would wait, behind it; times of the server's clock, in milliseconds. */
interface Waiting {
  readonly pid: number;
  /** When its transaction began. */
  readonly began: string;
  /** When it began to wait for this lock. */
  readonly since: string;
  readonly waitedMs: number;
  readonly openMs: number;
  readonly nowMs: number;
}

/** What one transaction has waited so far. */
interface Waited {
  readonly totalMs: number;
  /** When that was seen last. */
  readonly atMs: number;
  /** Whether the last look saw it wait. */
  readonly waits: boolean;
  readonly locks: ReadonlySet<string>;
}

/** Ends statements that wait for too long. */
export interface OverlongWaits {
  /** Looks once, from time to time. `waits`: whether somebody is seen to wait. */
  look(waits: boolean): Promise<void>;
  /** Whether one of them was ended. */
  cancelled(): boolean;
}

const blocking = lockModes.filter(blocksQueries).map(spelledInView);

/**
 * PostgreSQL's `lock_timeout` counts for each lock by itself, so that one statement that takes several (`DROP TABLE a, b`) may
 * keep others waiting many times as long. This counts them together, for each transaction, from the outside.
 * @param name what `application_name` of the sessions begins with
 * @param isLimited whether others may wait behind what the session does just now
 */
export function overlongWaits(
  client: pg.ClientBase,
  name: string,
  lockTimeoutMs: number,
  isLimited: (pid: number) => boolean,
): OverlongWaits {
  let known = new Map<string, Waited>();
  let cancelled = false;
  return {
    cancelled: () => cancelled,
    async look(waits) {
      if (lockTimeoutMs === 0) return;
      const waiting = waits ? await readWaiting(client, name) : [];
      const before = known;
      known = new Map([...before].map(([key, waited]) => [key, { ...waited, waits: false }]));
      for (const one of waiting) {
        if (!isLimited(one.pid)) continue;
        const key = `${one.pid} ${one.began}`;
        const now = added(before.get(key), one);
        known.set(key, now);
        // The server itself counts for one. What has worked for long may wait a tenth of that, or all the work was for nothing.
        if (now.locks.size < 2 || now.totalMs <= Math.max(lockTimeoutMs, one.openMs / 10)) continue;
        const { rowCount } = await client.query(
          "SELECT pg_cancel_backend(pid) FROM pg_locks WHERE pid = $1 AND NOT granted AND waitstart = $2",
          [one.pid, one.since],
        );
        cancelled ||= (rowCount ?? 0) > 0;
      }
    },
  };
}

/** Who was waiting at the look before as well has waited for something all the time; of who was not, it counts what it waits now. */
function added(before: Waited | undefined, { since, waitedMs, nowMs }: Waiting): Waited {
  const locks = new Set([...(before?.locks ?? []), since]);
  const waitsStill = before?.waits === true || before?.locks.has(since) === true;
  const moreMs = before && waitsStill ? nowMs - before.atMs : waitedMs;
  return { totalMs: (before?.totalMs ?? 0) + moreMs, atMs: nowMs, waits: true, locks };
}

/** Not those that hold and want nothing that a query would wait for, nor those whose tables nobody else has seen yet. */
async function readWaiting(client: pg.ClientBase, name: string): Promise<readonly Waiting[]> {
  const { rows } = await client.query<Waiting>(
    `SELECT w.pid, w.xact_start::text AS began, l.waitstart::text AS since,
            extract(epoch FROM clock_timestamp() - l.waitstart)::float8 * 1000 AS "waitedMs",
            extract(epoch FROM clock_timestamp() - w.xact_start)::float8 * 1000 AS "openMs",
            extract(epoch FROM clock_timestamp())::float8 * 1000 AS "nowMs"
       FROM pg_stat_activity w JOIN pg_locks l ON l.pid = w.pid AND NOT l.granted AND l.waitstart IS NOT NULL
      WHERE starts_with(w.application_name, $1) AND w.datname = current_database() AND w.wait_event_type = 'Lock'
        AND EXISTS (SELECT FROM pg_locks h JOIN pg_class c ON c.oid = h.relation
                     WHERE h.pid = w.pid AND h.locktype = 'relation' AND h.database = w.datid AND h.mode = ANY ($2))`,
    [`${name} `, blocking],
  );
  return rows;
}
