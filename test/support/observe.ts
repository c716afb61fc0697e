import type pg from "pg";
import { isSchemaLock, strongerMode } from "../../src/postgres/blocked-by.ts";
import { lockMode, type LockMode } from "../../src/postgres/lock-modes.ts";

/** What the server shows of one statement. Names are qualified; only relations that were there before the transaction count. */
export interface Observation {
  /** The strongest mode held on each after the statement, of those that plain queries don't take. */
  readonly locks: ReadonlyMap<string, LockMode>;
  readonly rewrites: ReadonlySet<string>;
  /** Those with rows that are gone. */
  readonly drops: ReadonlySet<string>;
  readonly scans: ReadonlySet<string>;
}

interface State {
  readonly names: ReadonlyMap<number, string>;
  readonly storage: ReadonlyMap<number, string>;
  readonly scans: ReadonlyMap<number, number>;
  readonly locks: ReadonlyMap<string, LockMode>;
}

const relations = `
  select c.oid::int4 as oid, n.nspname || '.' || c.relname as name, pg_relation_filenode(c.oid)::text as storage,
         coalesce(pg_stat_get_xact_numscans(c.oid), 0)::int4 as scans
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'm', 'v', 'f') and n.nspname !~ '^(pg_|information_schema$)'`;

/** Runs one statement in the transaction that `client` has open, and says what it did. `observer` is another connection. */
export async function observeInTransaction(
  client: pg.Client,
  observer: pg.Client,
  existed: ReadonlySet<number>,
  sql: string,
): Promise<Observation> {
  const before = await state(client, observer, existed);
  await client.query(sql);
  const after = await state(client, observer, existed, before.names);
  return difference(before, after, after.locks);
}

/** The same for a statement that cannot run in a transaction: its locks are gone when it ends. */
export async function observeAlone(client: pg.Client, observer: pg.Client, sql: string): Promise<Observation> {
  const existed = await existingRelations(client);
  const before = await state(client, observer, existed);
  await client.query(sql);
  const after = await state(client, observer, existed, before.names);
  return { ...difference(before, after, new Map()), scans: new Set() };
}

/** The relations that are there, by number. */
export async function existingRelations(client: pg.Client): Promise<ReadonlySet<number>> {
  const { rows } = await client.query<{ oid: number }>(relations);
  return new Set(rows.map(({ oid }) => oid));
}

async function state(
  client: pg.Client,
  observer: pg.Client,
  existed: ReadonlySet<number>,
  names?: ReadonlyMap<number, string>,
): Promise<State> {
  const { rows } = await client.query<{ oid: number; name: string; storage: string | null; scans: number }>(relations);
  const known = rows.filter(({ oid }) => existed.has(oid));
  const named = names ?? new Map(known.map(({ oid, name }) => [oid, name]));
  const { rows: pids } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  const { rows: held } = await observer.query<{ oid: number; mode: string }>(
    "select relation::int4 as oid, mode from pg_locks where pid = $1 and locktype = 'relation' and granted and relation is not null",
    [pids[0]?.pid],
  );
  const locks = new Map<string, LockMode>();
  for (const { oid, mode } of held) {
    const name = named.get(oid);
    const spelled = lockMode(mode);
    if (name !== undefined && spelled && isSchemaLock(spelled)) locks.set(name, strongerMode(locks.get(name), spelled));
  }
  return {
    names: named,
    storage: new Map(known.flatMap(({ oid, storage }) => (storage === null ? [] : [[oid, storage] as const]))),
    scans: new Map(known.map(({ oid, scans }) => [oid, scans])),
    locks,
  };
}

function difference(before: State, after: State, locks: ReadonlyMap<string, LockMode>): Observation {
  const changed = (one: ReadonlyMap<number, unknown>, other: ReadonlyMap<number, unknown>): ReadonlySet<string> =>
    new Set(
      [...one]
        .filter(([oid, value]) => other.has(oid) && other.get(oid) !== value)
        .map(([oid]) => before.names.get(oid) ?? ""),
    );
  const gone = [...before.storage.keys()].filter((oid) => !after.storage.has(oid));
  return {
    locks,
    rewrites: changed(before.storage, after.storage),
    drops: new Set(gone.map((oid) => before.names.get(oid) ?? "")),
    scans: changed(before.scans, after.scans),
  };
}

/** The same as a rule's page shows it, in words. */
export function evidenceOf({ locks, rewrites, scans }: Observation) {
  const bare = (name: string) => name.replace(/^public\./, "");
  const list = (names: Iterable<string>) => [...names].toSorted().map(bare).join(", ");
  const held = [...locks].toSorted().map(([name, mode]) => `${mode} on ${bare(name)}`);
  return { locks: held.join(", "), rewrites: list(rewrites), scans: list(scans) };
}
