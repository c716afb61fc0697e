import type pg from "pg";
import { answerOf } from "./patience.ts";

/** Between two looks, in milliseconds. */
const longestIntervalMs = 300;
const shortestIntervalMs = 50;

/**
 * Looks from time to time who keeps a run's connections waiting, by what `workingName` says of it; `stop` gives everybody that
 * was seen. Never what they run.
 * @param looked called after each look, with whether one of them waits
 */
export function watchBlockers(
  client: pg.ClientBase,
  name: string,
  lockTimeoutMs: number,
  looked: (waits: boolean) => Promise<void>,
): { stop(): Promise<readonly string[]> } {
  const seen = new Map<number, string>();
  let looking = Promise.resolve();
  let busy = false;
  const timer = setInterval(
    () => {
      // A server that answers slowly is not asked more often.
      if (busy) return;
      busy = true;
      looking = look(client, name, seen)
        .then(looked)
        .catch(() => {})
        .finally(() => (busy = false));
    },
    Math.min(longestIntervalMs, Math.max(shortestIntervalMs, lockTimeoutMs / 10)),
  );
  return {
    async stop() {
      clearInterval(timer);
      await answerOf(looking, 3_000).catch(() => {});
      return [...seen.values()];
    },
  };
}

async function look(client: pg.ClientBase, name: string, seen: Map<number, string>): Promise<boolean> {
  const { rows } = await client.query<{ pid: number; who: string }>(
    `SELECT b.pid, format('process %s (%s), in a transaction for %s s', b.pid,
              coalesce(nullif(b.application_name, ''), 'unnamed application'),
              coalesce(round(extract(epoch FROM clock_timestamp() - b.xact_start))::text, '?')) AS who
       FROM pg_stat_activity w, unnest(pg_blocking_pids(w.pid)) AS blocking (pid)
       JOIN pg_stat_activity b ON b.pid = blocking.pid
      WHERE starts_with(w.application_name, $1) AND w.datname = current_database() AND w.wait_event_type = 'Lock'`,
    [`${name} `],
  );
  for (const { pid, who } of rows) seen.set(pid, who);
  return rows.length > 0;
}
