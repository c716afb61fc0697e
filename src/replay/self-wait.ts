import type pg from "pg";
import type { StepOutcome } from "../sessions/session.ts";
import type { HungStep } from "./steps.ts";

/** A wait that is a lock's in passing is over by then, and a transaction that stood still so long is held up by it. */
const patienceMs = 5000;
const pollMs = 500;

/** Statements of this database that wait for a transaction of the same tool in which nothing happens. */
const waits = `
  select waiting.pid, concat_ws(' ', waiting.pid, waiting.query_start, holder.pid, holder.state_change) as wait
    from pg_stat_activity waiting
    cross join unnest(pg_blocking_pids(waiting.pid)) as blocking (pid)
    join pg_stat_activity holder on holder.pid = blocking.pid
   where waiting.datname = current_database() and waiting.application_name <> 'headgate' and waiting.wait_event_type = 'Lock'
     and holder.state like 'idle in transaction%' and holder.application_name <> 'headgate'`;

/**
 * Takes a step that may open several connections, and ends a statement of it that waits for a transaction which the step
 * itself holds open and does not go on with: both would wait for ever. The failure then says so.
 */
export async function endingWaitsForItself(
  connect: () => Promise<pg.Client>,
  step: () => Promise<StepOutcome | HungStep>,
): Promise<StepOutcome | HungStep> {
  let ended = false;
  let watcher: Promise<pg.Client> | undefined;
  const since = new Map<string, number>();
  const look = async () => {
    const client = await (watcher ??= connect());
    const { rows } = await client.query<{ pid: number; wait: string }>(waits);
    for (const wait of since.keys()) if (!rows.some((row) => row.wait === wait)) since.delete(wait);
    for (const { pid, wait } of rows) {
      const first = since.get(wait) ?? performance.now();
      since.set(wait, first);
      if (performance.now() - first < patienceMs) continue;
      ended = true;
      await client.query("select pg_cancel_backend($1)", [pid]);
    }
  };
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    // One that cannot look leaves it to the time limit.
    looking = looking.then(look).catch(() => {});
  }, pollMs);
  try {
    const outcome = await step();
    if (!ended || outcome.kind !== "failed") return outcome;
    const message = "it waits for a lock of a transaction that the run itself holds open meanwhile, and would for ever";
    return { ...outcome, failure: { ...outcome.failure, message } };
  } finally {
    clearInterval(timer);
    await looking;
    await (await watcher?.catch(() => undefined))?.end();
  }
}
