import { type LockMode, lockMode } from "../postgres/lock-modes.ts";
import { firstUserOid } from "./known-relations.ts";
import type { Counters } from "./transaction.ts";

/** Settings of the client's session that the recorder has to know. */
export interface SessionSettings {
  /** `client_min_messages` */
  readonly level: string;
  /** `lock_timeout`, as the server shows it. */
  readonly lockTimeout: string;
  /** `statement_timeout`, as the server shows it. */
  readonly statementTimeout: string;
  /** `search_path`, as the server shows it. */
  readonly searchPath: string;
}

/** A relation that the transaction holds a lock on, as the transaction itself sees it. */
export interface ProbedRelation {
  readonly modes: ReadonlySet<LockMode>;
  /** 0: it has no storage, or is dropped. */
  readonly filenode: number;
  /** Counters of the session for sequential scans, and for the rows they returned. */
  readonly scans: number;
  readonly rows: number;
}

/** The state of a transaction between two statements of the client. */
export interface Probe {
  /** Position in the write-ahead log, in bytes. */
  readonly wal: number;
  readonly settings: SessionSettings;
  readonly relations: ReadonlyMap<number, ProbedRelation>;
  /** Whether relations that the transaction itself has made were left out. */
  readonly existingOnly: boolean;
  /** How often functions that may take a part of their work back were called; -1 where the server does not count. */
  readonly handled: number;
}

/** `client_min_messages` at which the server says what it does. */
export const raisedLevel = "debug1";

/** Reads the settings without a snapshot, so that even `SET TRANSACTION` may follow. */
export const settingsQueries = [
  "show client_min_messages",
  "show lock_timeout",
  "show statement_timeout",
  "show search_path",
] as const;

/** The rows of {@link settingsQueries}. */
export function readSettings(rows: readonly (readonly (string | null)[])[]): SessionSettings | undefined {
  const [level, lockTimeout, statementTimeout, searchPath] = rows.map(([value]) => value);
  if (!level || !lockTimeout || !statementTimeout || typeof searchPath !== "string") return undefined;
  return { level, lockTimeout, statementTimeout, searchPath };
}

/**
 * Asks a transaction about itself: its settings, then the relations that it holds locks on. No name is looked up, no
 * relation is opened and no row is read, so that it locks, counts and depends on nothing; only numbers come back, so
 * that the client's encoding does not matter. It is planned each time: a statement that stays prepared would show. Every
 * operator makes that dearer, so that whose locks these are is told by the answer.
 *
 * `highestOid` leaves out relations that are newer than anything others can see. `restoreLevel` gives
 * `client_min_messages` back its value for the rest of the transaction, unless the statement itself changed it.
 */
export function probeQueries(options: {
  readonly highestOid?: number;
  readonly restoreLevel?: string;
  readonly flushesCounters: boolean;
  /** Functions whose calls are counted. */
  readonly handlers?: readonly number[];
}): readonly [session: string, relations: string] {
  const level = `pg_catalog.current_setting('client_min_messages')`;
  const restored = options.restoreLevel
    ? `case when ${level} operator(pg_catalog.=) '${raisedLevel}' then pg_catalog.set_config('client_min_messages', '${options.restoreLevel}', true) else ${level} end`
    : level;
  const flush = options.flushesCounters ? ", pg_catalog.pg_stat_force_next_flush()" : "";
  const handled = options.handlers?.length
    ? `, case pg_catalog.current_setting('track_functions') when 'none' then -1 else
 (select pg_catalog.sum(pg_catalog.pg_stat_get_xact_function_calls(f)) from pg_catalog.unnest('{${options.handlers.join()}}'::pg_catalog.oid[]) f) end`
    : ", null";
  const below =
    options.highestOid === undefined
      ? ""
      : ` and l.relation operator(pg_catalog.<=) '${options.highestOid}'::pg_catalog.oid`;
  return [
    `select pg_catalog.pg_current_wal_insert_lsn(), pg_catalog.pg_backend_pid(), ${restored},
 pg_catalog.current_setting('lock_timeout'), pg_catalog.current_setting('statement_timeout'),
 pg_catalog.current_setting('search_path')${handled}${flush}`,
    `select l.pid, l.locktype, l.relation, l.mode, pg_catalog.pg_relation_filenode(l.relation),
 pg_catalog.pg_stat_get_xact_numscans(l.relation), pg_catalog.pg_stat_get_xact_tuples_returned(l.relation)
 from pg_catalog.pg_lock_status() l
 where l.relation operator(pg_catalog.>=) '${firstUserOid}'::pg_catalog.oid${below} and l.granted`,
  ];
}

/** The rows that {@link probeQueries} return. */
export function readProbe(
  [session = [], ...locks]: readonly (readonly (string | null)[])[],
  { existingOnly }: Pick<Probe, "existingOnly">,
): Probe {
  const [wal, self, level, lockTimeout, statementTimeout, searchPath, handled] = session;
  const relations = new Map<number, ProbedRelation & { readonly modes: Set<LockMode> }>();
  for (const [pid, type, oid, spelling, filenode, scans, rows] of locks) {
    const mode = pid === self && type === "relation" ? lockMode(spelling ?? "") : undefined;
    if (!mode) continue;
    const known = relations.get(Number(oid));
    if (known) known.modes.add(mode);
    else
      relations.set(Number(oid), {
        modes: new Set([mode]),
        filenode: Number(filenode ?? 0),
        scans: Number(scans),
        rows: Number(rows),
      });
  }
  return {
    wal: walPosition(wal),
    settings: {
      level: level ?? "",
      lockTimeout: lockTimeout ?? "0",
      statementTimeout: statementTimeout ?? "0",
      searchPath: searchPath ?? "",
    },
    relations,
    existingOnly,
    handled: Number(handled ?? 0),
  };
}

/** A position in the write-ahead log as the server shows it (`16/B374D848`), in bytes. */
export function walPosition(shown: string | null | undefined): number {
  const [high = "0", low = "0"] = (shown ?? "").split("/");
  return Number.parseInt(high || "0", 16) * 2 ** 32 + Number.parseInt(low, 16);
}

/** The session's counters of all relations that it has scanned and not reported yet. */
export const countersQuery = `select pg_catalog.string_agg(pg_catalog.concat_ws(' ', c.oid, pg_catalog.pg_stat_get_xact_numscans(c.oid),
   pg_catalog.pg_stat_get_xact_tuples_returned(c.oid)), ',')
  from pg_catalog.pg_class c
  where c.oid operator(pg_catalog.>=) '${firstUserOid}'::pg_catalog.oid and pg_catalog.pg_stat_get_xact_numscans(c.oid) operator(pg_catalog.>) 0`;

/** The same of these relations alone, which opens none. */
export const countersOf = (oids: Iterable<number>): string =>
  `select pg_catalog.string_agg(pg_catalog.concat_ws(' ', o, pg_catalog.pg_stat_get_xact_numscans(o),
   pg_catalog.pg_stat_get_xact_tuples_returned(o)), ',')
  from pg_catalog.unnest('{${[...oids].join()}}'::pg_catalog.oid[]) o
  where pg_catalog.pg_stat_get_xact_numscans(o) operator(pg_catalog.>) 0`;

/** The value that {@link countersQuery} returns. */
export function readCounters(list: string | null | undefined): Counters {
  const entries = list ? list.split(",") : [];
  return new Map(
    entries.map((entry) => {
      const [oid, scans, rows] = entry.split(" ");
      return [Number(oid), { scans: Number(scans), rows: Number(rows) }];
    }),
  );
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration as PostgreSQL shows it (`5s`, `1min`, `0`), in milliseconds. */
export function durationMs(shown: string): number {
  const match = /^(\d+)(ms|s|min|h|d)?$/.exec(shown);
  return match ? Number(match[1]) * (units[match[2] ?? "ms"] ?? 1) : 0;
}
