import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import type { Direction } from "../finding.ts";
import { lockMode, type LockMode } from "../postgres/lock-modes.ts";
import { lockNotAvailable } from "../postgres/sql-states.ts";

/** A step of a revision. */
interface Step {
  readonly revision: string;
  readonly direction: Direction;
}

/**
 * What stopped on a table while a migration waited for its lock on it behind one open transaction. Every later request for
 * a conflicting lock queues behind the waiting one: https://www.postgresql.org/docs/18/explicit-locking.html#LOCKING-TABLES
 */
export interface Stall extends Step {
  /** Schema-qualified, quoted where SQL needs it. */
  readonly relation: string;
  /** The mode that the migration waited for. */
  readonly mode: LockMode;
  /** What the open transaction had done on the table, where it was enough to keep the migration waiting. */
  readonly behind: "read" | "written";
  /** What an application could not do on the table meanwhile. */
  readonly stopped: readonly ("reads" | "writes")[];
}

/** How a step ended, and what it stopped. */
export interface WithStalls<Outcome> {
  readonly outcome: Outcome;
  readonly stalls: readonly Stall[];
}

/** How long a probe waits before it counts as stopped. */
const probeMs = 40;
/** Between two looks at whether the migration waits. */
const pollMs = 3;
/** So many tables at most have somebody parked on them. */
const mostTables = 8;

/**
 * Takes a step while an old reader and an old writer sit on each of these tables, and tries what an application does as soon
 * as the step waits for one of them; then they leave that table. Nothing is left behind; the step only waits a little.
 * @param connect gives a connection whose `application_name` is `headgate`
 */
export async function withParkedTransactions<Outcome>(
  connect: () => Promise<pg.Client>,
  { revision, direction }: Step,
  relations: readonly string[],
  step: () => Promise<Outcome>,
): Promise<WithStalls<Outcome>> {
  const clients: pg.Client[] = [];
  const open = async (): Promise<pg.Client> => {
    const client = await connect();
    clients.push(client);
    return client;
  };
  try {
    const observer = await open();
    const prober = await open();
    const parked: Parked[] = [];
    for (const relation of relations.slice(0, mostTables))
      parked.push(await park(await open(), relation, "read"), await park(await open(), relation, "written"));
    const stalls: Stall[] = [];
    let ended = false;
    const running = step().finally(() => {
      ended = true;
    });
    running.catch(() => {});
    while (!ended && parked.length > 0) {
      for (const { relation, mode, blockers } of await waiters(observer)) {
        const blocking = parked.filter(({ pid }) => blockers.includes(pid));
        const waitedFor = lockMode(mode);
        if (relation !== null && waitedFor !== undefined && blocking.some((one) => one.relation === relation)) {
          const behind = blocking.some(({ has }) => has === "read") ? "read" : "written";
          stalls.push({
            revision,
            direction,
            relation,
            mode: waitedFor,
            behind,
            stopped: await probe(prober, relation),
          });
        }
        // Whoever is not in the way stays: a later statement may want a stronger lock.
        await leave(parked, blocking);
      }
      await Promise.race([running.catch(() => {}), delay(pollMs)]);
    }
    await leave(parked, parked.slice());
    return { outcome: await running, stalls };
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => {})));
  }
}

/** An open transaction that has read or written a table, by the lock that this leaves behind. */
interface Parked {
  readonly client: pg.Client;
  readonly pid: number;
  readonly relation: string;
  readonly has: Stall["behind"];
}

async function park(client: pg.Client, relation: string, has: Stall["behind"]): Promise<Parked> {
  const { rows } = await client.query<{ pid: number }>("select pg_catalog.pg_backend_pid() as pid");
  // What cannot be written, a materialized view for one, has nobody who writes it.
  await client.query(`begin; ${has === "read" ? readOf(relation) : writeOf(relation)}`).catch(() => {});
  return { client, pid: rows[0]?.pid ?? 0, relation, has };
}

async function leave(parked: Parked[], leaving: readonly Parked[]): Promise<void> {
  for (const one of leaving) {
    parked.splice(parked.indexOf(one), 1);
    await one.client.query("rollback");
  }
}

/** Who waits behind our transactions, and for what; Headgate's own connections apart. */
async function waiters(
  observer: pg.Client,
): Promise<
  readonly { readonly relation: string | null; readonly mode: string; readonly blockers: readonly number[] }[]
> {
  const { rows } = await observer.query<{ relation: string | null; mode: string; blockers: number[] }>(
    `select case when l.relation is not null then
              (select pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
                 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                where c.oid = l.relation) end as relation,
            l.mode, b.blockers
       from pg_catalog.pg_locks l
       join pg_catalog.pg_stat_activity a using (pid)
      cross join lateral (select pg_catalog.pg_blocking_pids(l.pid) as blockers) b
      where not l.granted and a.datname = pg_catalog.current_database() and a.application_name <> 'headgate'
        and exists (select from pg_catalog.pg_stat_activity o
                     where o.pid = any (b.blockers) and o.application_name = 'headgate')`,
  );
  return rows;
}

/** Tries to read and to write, as an application would while the migration waits. */
async function probe(prober: pg.Client, relation: string): Promise<Stall["stopped"]> {
  const stopped: ("reads" | "writes")[] = [];
  for (const [what, statement] of [
    ["reads", readOf(relation)],
    ["writes", writeOf(relation)],
  ] as const)
    try {
      await prober.query(`begin; set local lock_timeout = '${probeMs}ms'; ${statement}`);
    } catch (error) {
      if ((error as { code?: string }).code === lockNotAvailable) stopped.push(what);
    } finally {
      await prober.query("rollback");
    }
  return stopped;
}

const readOf = (relation: string) => `select from ${relation} limit 0`;
/** The lock of INSERT, UPDATE and DELETE, without their triggers and rules. */
const writeOf = (relation: string) => `lock table only ${relation} in row exclusive mode`;
