import pg from "pg";
import { type DatabaseConnection, regardlessOfEnvironment } from "../database-connection.ts";
import { lockMode } from "../postgres/lock-modes.ts";
import type { LockMode } from "../postgres/lock-modes.ts";
import { deferrableQuery, readDeferrable } from "./deferrable.ts";
import { handlersQuery, readHandlers } from "./exception-handlers.ts";
import { createKnownRelations, firstUserOid } from "./known-relations.ts";
import type { KnownRelations } from "./known-relations.ts";
import { relationColumns, relationFacts } from "./relation-facts.ts";
import type { RelationFacts } from "./relation-facts.ts";
import { levelQuery, readLevelCode } from "./message-level.ts";
import { type TextRow, askPrepared } from "./prepared-question.ts";
import { publicRightQuery } from "./right-to-ask.ts";

/** A lock of a backend, as seen from outside. */
export interface SeenLock {
  readonly oid: number;
  readonly mode: LockMode;
}

/**
 * A connection of our own to the client's database, which sees what is committed and what others hold.
 * It connects when it is first asked, and again after it was released or lost.
 */
export interface Observer extends KnownRelations {
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
  /** Leaves the database. */
  release(): Promise<void>;
}

/** Its few queries are planned once, for catalogs of any size. */
const settings = [
  "lock_timeout=2s",
  "statement_timeout=10s",
  "client_min_messages=notice",
  "plan_cache_mode=force_generic_plan",
  "enable_seqscan=off",
  // What may not scan looks expensive enough to be compiled.
  "jit=off",
];

const relations = `select ${relationColumns} from pg_catalog.pg_class c where`;
const touched = `${relations} c.oid operator(pg_catalog.=) any ($1) or c.oid operator(pg_catalog.>) $2`;

const queries = {
  touched,
  touchedAndLog: `${touched} union all
    select null, null, pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), '0/0')::pg_catalog.text, null, null, null`,
  userRelations: `${relations} c.oid operator(pg_catalog.>=) '${firstUserOid}'::pg_catalog.oid`,
  code: `select (${deferrableQuery}), (${levelQuery}), r.may, r.wal, (select pg_catalog.json_agg(pg_catalog.json_build_array(h.oid, h.source, h.uncounted))
    from (${handlersQuery}) h(oid, source, uncounted)), exists(select from pg_catalog.pg_event_trigger)::pg_catalog.text
    from (${publicRightQuery}) r(may, wal)`,
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
  /** The end of the last question: the client takes one at a time. */
  let turn: Promise<unknown> = Promise.resolve();

  const connect = async (): Promise<pg.Client> => {
    const connecting = new pg.Client({
      ...connection,
      ...regardlessOfEnvironment,
      application_name: "headgate",
      options: settings.map((setting) => `-c ${setting}`).join(" "),
    });
    connecting.on("error", () => (client = undefined));
    await connecting.connect();
    return connecting;
  };
  const use = <Result>(ask: (connected: pg.Client) => Promise<Result>): Promise<Result> => {
    const asked = turn.then(async () => ask(await (client ??= connect())));
    turn = asked.catch(leave);
    return asked;
  };
  const leave = async (): Promise<void> => {
    const leaving = client;
    client = undefined;
    await leaving?.then((connected) => connected.end()).catch(() => {});
  };
  const ask = (name: keyof typeof queries, ...values: readonly string[]): Promise<readonly TextRow[]> =>
    use((connected) => askPrepared(connected, { name, sql: queries[name], values }));

  const known = createKnownRelations(
    async (oids, above, logToo) => {
      const rows = await ask(logToo ? "touchedAndLog" : "touched", `{${oids.join()}}`, String(above));
      const [, , wal] = (logToo && rows.at(-1)) || [];
      return {
        ...(logToo && { wal: Number(wal) }),
        facts: (logToo ? rows.slice(0, -1) : rows).map(relationFacts),
      };
    },
    async () => {
      const [[deferrable, level, publicMayAsk, walFunction, handlers, hasEventTriggers] = []] = await ask("code");
      return {
        handlers: readHandlers(JSON.parse(handlers ?? "[]") as readonly TextRow[]),
        deferrable: readDeferrable(deferrable),
        readsLevel: readLevelCode(level),
        publicMayAsk: publicMayAsk === "true",
        walFunction: Number(walFunction),
        hasEventTriggers: hasEventTriggers !== "false",
      };
    },
  );

  return {
    ...known,
    async userRelations() {
      const rows = await ask("userRelations");
      return new Map(rows.map((row) => [Number(row[0]), relationFacts(row)]));
    },
    async procedures(name) {
      return (await ask("procedures", name)).map(([source]) => source ?? null);
    },
    async locksOf(processId) {
      const rows = await ask("locks", String(processId));
      return rows.flatMap(([oid, spelling]) => {
        const mode = lockMode(spelling ?? "");
        return mode ? [{ oid: Number(oid), mode }] : [];
      });
    },
    watch: (processId, watching, seen) =>
      use(async (connected) => {
        const listen = ({ message = "" }: { readonly message: string | undefined }): void => {
          if (message === "watching") return watching();
          const [oid, spelling] = message.split(" ");
          const mode = lockMode(spelling ?? "");
          if (mode) seen({ oid: Number(oid), mode });
        };
        connected.on("notice", listen);
        // Without PL/pgSQL in the database it cannot.
        await connected.query(watchBlock(processId)).catch(() => {});
        connected.off("notice", listen);
      }),
    async release() {
      // A reading asks more than once, and the next question would connect again.
      await known.settled();
      await (turn = turn.then(leave));
    },
  };
}
