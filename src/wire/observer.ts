import pg from "pg";
import { type DatabaseConnection, regardlessOfEnvironment } from "../database-connection.ts";
import { lockMode } from "../postgres/lock-modes.ts";
import type { LockMode } from "../postgres/lock-modes.ts";
import { relationColumns, relationFacts } from "./relation-facts.ts";
import type { RelationFacts } from "./relation-facts.ts";

/** A lock of a backend, as seen from outside. */
export interface SeenLock {
  readonly oid: number;
  readonly mode: LockMode;
}

/** A place in the history of a server that others can see. */
export interface Mark {
  /** No relation that others can see has a higher number. */
  readonly highestOid: number;
  /** Position in the write-ahead log, in bytes. */
  readonly wal: bigint;
}

/**
 * A connection of our own to the client's database, which sees what is committed and what others hold.
 * It connects when it is first asked, and again after it was released or lost.
 */
export interface Observer {
  /** Where the database is now. Brings what is known of its relations up to date. */
  mark(): Promise<Mark>;
  /** Brings what is known of its relations up to date; at once when it is, and then without a new position. */
  refresh(): Mark | Promise<Mark>;
  /** What is known of its relations, since the last mark. */
  known(): ReadonlyMap<number, RelationFacts>;
  /** All relations but those of the system. */
  userRelations(): Promise<ReadonlyMap<number, RelationFacts>>;
  /** Source texts of the procedures with this name, in any schema, that are written in a language where it shows whether they commit. */
  procedures(name: string): Promise<readonly (string | null)[]>;
  locksOf(processId: number): Promise<readonly SeenLock[]>;
  /**
   * Watches a backend's locks from inside the server, many times a millisecond, until its statement has ended or 50 ms
   * have passed. `watching` is called when it has begun; `seen` for each lock, once.
   */
  watch(processId: number, watching: () => void, seen: (lock: SeenLock) => void): Promise<void>;
  /** Something was committed: these relations, and those above a number, may have other names and places now. */
  touched(oids: Iterable<number>, above: number): void;
  /** Something was committed that may have touched any relation. */
  forget(): void;
  /** Leaves the database. */
  release(): Promise<void>;
}

/** Relations with a lower number came with the database. */
export const firstUserOid = 16_384;

const highestPossibleOid = 2 ** 32 - 1;

const queries = {
  mark: `select c.oid::pg_catalog.int8, pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), '0/0')::pg_catalog.text,
    null, null, null, null from (select c.oid from pg_catalog.pg_class c order by c.oid desc limit 1) c
    union all
    select ${relationColumns} from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
    where c.oid operator(pg_catalog.=) any ($1) or c.oid operator(pg_catalog.>) $2`,
  userRelations: `select ${relationColumns} from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace where c.oid operator(pg_catalog.>=) '${firstUserOid}'::pg_catalog.oid`,
  procedures: `select case l.lanname when 'sql' then '' when 'plpgsql' then p.prosrc end
    from pg_catalog.pg_proc p join pg_catalog.pg_language l on l.oid operator(pg_catalog.=) p.prolang
    where p.proname operator(pg_catalog.=) $1 and p.prokind operator(pg_catalog.=) 'p'`,
  locks: `select l.relation::pg_catalog.int8, l.mode from pg_catalog.pg_lock_status() l
    where l.pid operator(pg_catalog.=) $1 and l.granted and l.locktype operator(pg_catalog.=) 'relation'`,
} as const;

/** Commits after each look, so that nobody who waits for old snapshots waits for it. */
function watchBlock(processId: number): string {
  return `do $headgate$
declare
  look record;
  known text[] := '{}';
  began timestamptz := pg_catalog.clock_timestamp();
  active boolean := false;
  looks int := 0;
begin
  loop
    for look in select pg_catalog.concat_ws(' ', l.relation, l.mode) as held from pg_catalog.pg_lock_status() l
      where l.pid operator(pg_catalog.=) ${processId} and l.granted and l.locktype operator(pg_catalog.=) 'relation'
        and l.relation operator(pg_catalog.>=) '${firstUserOid}'::pg_catalog.oid
    loop
      continue when look.held operator(pg_catalog.=) any (known);
      known := known operator(pg_catalog.||) look.held;
      raise notice '%', look.held;
    end loop;
    select a.state operator(pg_catalog.=) 'active' as now into look from pg_catalog.pg_stat_get_activity(${processId}) a;
    exit when active and look.now is not true or pg_catalog.clock_timestamp() operator(pg_catalog.-) began operator(pg_catalog.>) '50 milliseconds';
    active := active or (looks operator(pg_catalog.>) 0 and look.now is true);
    commit;
    -- The first looks make the plans of the following ones.
    looks := looks operator(pg_catalog.+) 1;
    if looks operator(pg_catalog.=) 2 then
      raise notice 'watching';
      began := pg_catalog.clock_timestamp();
    end if;
  end loop;
end $headgate$`;
}

/** An observer of one database; connects later. */
export function createObserver(connection: DatabaseConnection): Observer {
  let client: Promise<pg.Client> | undefined;
  const known = new Map<number, RelationFacts>();
  /** Relations to look at again: these, and those with a higher number. */
  const stale = new Set<number>();
  let upTo = firstUserOid - 1;
  let last: Mark | undefined;
  let asking: Promise<Mark> | undefined;

  const connect = async (): Promise<pg.Client> => {
    const connecting = new pg.Client({
      ...connection,
      ...regardlessOfEnvironment,
      application_name: "headgate",
      options: "-c lock_timeout=2s -c statement_timeout=10s -c client_min_messages=notice",
    });
    connecting.on("error", () => (client = undefined));
    await connecting.connect();
    return connecting;
  };
  const ask = async (
    name: keyof typeof queries,
    ...values: readonly unknown[]
  ): Promise<readonly (readonly (string | null)[])[]> => {
    client ??= connect();
    try {
      const connected = await client;
      const { rows } = await connected.query<(string | null)[]>({
        name,
        text: queries[name],
        values: [...values],
        rowMode: "array",
        types: { getTypeParser: () => (value: string) => value },
      });
      return rows;
    } catch (cause) {
      client = undefined;
      throw cause;
    }
  };

  const forget = (): void => {
    known.clear();
    stale.clear();
    upTo = firstUserOid - 1;
  };

  const mark = async (): Promise<Mark> => {
    const asked = [...stale];
    const above = upTo;
    stale.clear();
    upTo = highestPossibleOid;
    try {
      const [row, ...changed] = await ask("mark", asked, above);
      for (const oid of asked) known.delete(oid);
      for (const changedRow of changed) {
        const facts = relationFacts(changedRow);
        known.set(facts.oid, facts);
      }
      const highestOid = Number(row?.[0]);
      upTo = Math.min(upTo, highestOid);
      last = { highestOid, wal: BigInt(row?.[1] ?? 0) };
      return last;
    } catch (cause) {
      forget();
      throw cause;
    }
  };

  return {
    mark: () => (asking = mark()),
    refresh() {
      if (stale.size > 0) return (asking = mark());
      if (last && upTo === last.highestOid) return last;
      return asking && upTo === highestPossibleOid ? asking : (asking = mark());
    },
    known: () => known,
    async userRelations() {
      const rows = await ask("userRelations");
      return new Map(rows.map((row) => [Number(row[0]), relationFacts(row)]));
    },
    async procedures(name) {
      return (await ask("procedures", name)).map(([source]) => source ?? null);
    },
    async locksOf(processId) {
      const rows = await ask("locks", processId);
      return rows.flatMap(([oid, spelling]) => {
        const mode = lockMode(spelling ?? "");
        return mode ? [{ oid: Number(oid), mode }] : [];
      });
    },
    touched(oids, above) {
      for (const oid of oids) stale.add(oid);
      upTo = Math.min(upTo, above);
    },
    async watch(processId, watching, seen) {
      client ??= connect();
      const connected = await client;
      const listen = ({ message = "" }: { readonly message: string | undefined }): void => {
        if (message === "watching") return watching();
        const [oid, spelling] = message.split(" ");
        const mode = lockMode(spelling ?? "");
        if (mode) seen({ oid: Number(oid), mode });
      };
      connected.on("notice", listen);
      try {
        await connected.query(watchBlock(processId));
      } finally {
        connected.off("notice", listen);
      }
    },
    forget,
    async release() {
      const leaving = client;
      client = undefined;
      await leaving?.then((connected) => connected.end()).catch(() => {});
    },
  };
}
