import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { EngineError } from "../errors.ts";
import type { DatabaseConnection } from "../database-connection.ts";
import { readClusterState, restoreClusterState, type ClusterState, type SharedServer } from "./cluster-state.ts";
import { connectAs } from "./connect.ts";
import { isSameLocale, localeOptions, readLocale, type DatabaseLocale } from "./database-locale.ts";
import type { PostgresServer } from "./engine.ts";
import { ownConnection } from "./own-connection.ts";
import { roomHint } from "./room-hint.ts";
import { scratchComment } from "./scratch.ts";

/** A statement that another connection is executing. */
export interface RunningStatement {
  readonly query: string;
  /** Since it began. */
  readonly durationMs: number;
  /** What it waits for, as `pg_stat_activity.wait_event` says it; absent when it works. */
  readonly waitEvent?: string;
}

/**
 * The database that migrations run in. Disposing it drops it, its checkpoint, and the roles created since it was made.
 * Roles belong to the whole server, so one server serves one work database at a time.
 */
export interface WorkDatabase extends AsyncDisposable {
  readonly name: string;
  readonly connection: DatabaseConnection;
  /** A connection for looking; its `application_name` is `headgate`. The caller ends it. */
  connect(): Promise<pg.Client>;
  /** Does something on such a connection, and ends it. */
  withClient<Result>(action: (client: pg.Client) => Promise<Result>): Promise<Result>;
  /**
   * Remembers the present state (contents, roles and their memberships, settings and grants of the database) in place
   * of what was remembered before. Ends what is still connected.
   */
  checkpoint(): Promise<void>;
  /** Keeps what is remembered now beside what will be, until the end; once. */
  keep(): Promise<void>;
  /** Brings back the remembered state, or that of the beginning; or the one that was kept. Ends what is connected. */
  restore(state?: "kept"): Promise<void>;
  /** Says which databases the migrations make by name: on a server that others use too, they could not be told from theirs. */
  expectDatabases(made: () => readonly string[]): void;
  /** What connections other than Headgate's are executing now, the longest first. */
  runningStatements(): Promise<readonly RunningStatement[]>;
}

/** Connections that are about to close by themselves get this long before they are ended. */
const closingGraceMs = 1000;
const endingPollMs = 5;

/**
 * Creates a work database on a server that this run owns, replacing one of that name; with the engine `url`, where
 * others may live, the name is a generated one instead.
 * @param like how it shall treat text, where the server can; the server's own way otherwise, and with the engine `url`
 * @throws EngineError when it cannot be made; so do the methods that copy it
 */
export async function createWorkDatabase(
  server: PostgresServer,
  name: string,
  like?: DatabaseLocale,
): Promise<WorkDatabase> {
  const maintenance = await connectAs(ownConnection(server, server.maintenanceDatabase));
  const suffix = randomBytes(6).toString("hex");
  const work = server.engine === "url" ? `${server.maintenanceDatabase}_${suffix}` : truncated(name);
  const copy = `${server.engine === "url" ? server.maintenanceDatabase : "headgate"}_${suffix}_checkpoint`;
  const shared: SharedServer | undefined =
    server.engine === "url" ? { database: server.templateDatabase, run: server.maintenanceDatabase } : undefined;
  let template = server.templateDatabase;
  let checkpointState: ClusterState | undefined;
  const aside = `${copy}_kept`;
  const own = [work, copy, aside];
  let kept: { readonly template: string; readonly state: ClusterState } | undefined;

  const create = async (database: string, from: string) => {
    try {
      await copyDatabase(database, from);
    } catch (cause) {
      const { message } = cause as Error;
      throw new EngineError(`The work database could not be copied (${message}).${roomHint(message)}`, { cause });
    }
  };
  const copyDatabase = async (database: string, from: string) => {
    // Whoever is connected to the server's template is not ours to end.
    if (from !== server.templateDatabase) await vacate(maintenance, from, closingGraceMs);
    // A copy of the files needs no journal, and this server would not be recovered after a crash anyway.
    const strategy = server.major >= 15 ? " strategy file_copy" : "";
    await maintenance.query(`create database ${quoted(database)} template ${quoted(from)}${strategy}`);
    if (server.engine === "url")
      await maintenance.query(`comment on database ${quoted(database)} is ${pg.escapeLiteral(scratchComment)}`);
  };
  /** Only `template0` holds nothing that is sorted already. */
  const createLike = async (wanted: DatabaseLocale): Promise<boolean> => {
    const own = await readLocale(maintenance, template);
    if (server.engine === "url" || isSameLocale(own, wanted)) return false;
    const { collate, ctype } = own;
    // A server that has ICU may lack the C library's locale, of which not much depends then.
    const ways = wanted.provider === "libc" ? [wanted] : [wanted, { ...wanted, collate, ctype }];
    for (const way of ways) {
      const made = await maintenance
        .query(`create database ${quoted(work)} template template0 ${localeOptions(way, server.major)}`)
        .then(
          () => true,
          () => false,
        );
      if (made) return true;
    }
    return false;
  };
  const drop = async (database: string) => {
    await vacate(maintenance, database, 0);
    // A subscription of a database keeps it from being dropped.
    const remove = () => maintenance.query(`drop database if exists ${quoted(database)} with (force)`);
    await remove().catch(async (error: { readonly code?: string }) => {
      if (error.code !== "55006") throw error;
      await maintenance.query(
        "delete from pg_subscription where subdbid = (select oid from pg_database where datname = $1)",
        [database],
      );
      await remove();
    });
  };

  let made: () => readonly string[] = () => [];
  const dropMade = async ({ databases }: ClusterState) => {
    if (shared) for (const each of made()) if (!databases.includes(each)) await drop(each);
  };

  let initialState: ClusterState;
  try {
    if (server.engine !== "url") await drop(work);
    initialState = await readClusterState(maintenance, shared);
    if (like === undefined || !(await createLike(like))) await create(work, template);
  } catch (error) {
    await maintenance.end();
    throw error;
  }

  const connect = () => connectAs(ownConnection(server, work));
  return {
    name: work,
    connection: server.connection(work),
    connect,
    async withClient(action) {
      const client = await connect();
      try {
        return await action(client);
      } finally {
        await client.end();
      }
    },
    async checkpoint() {
      checkpointState = undefined;
      await drop(copy);
      await create(copy, work);
      template = copy;
      checkpointState = await readClusterState(maintenance, shared, work, copy);
    },
    async keep() {
      // Nobody is connected to a checkpoint, and nothing needs to be copied.
      await maintenance.query(`alter database ${quoted(copy)} rename to ${quoted(aside)}`);
      template = aside;
      kept = { template, state: checkpointState ?? initialState };
    },
    async restore(wanted) {
      const from = (wanted === "kept" ? kept : undefined) ?? { template, state: checkpointState ?? initialState };
      await drop(work);
      await dropMade(from.state);
      if (checkpointState !== undefined || like === undefined || !(await createLike(like)))
        await create(work, from.template);
      await restoreClusterState(maintenance, from.state, shared, own, work);
    },
    expectDatabases(names) {
      made = names;
    },
    async runningStatements() {
      const { rows } = await maintenance.query<{ query: string; duration: number; wait_event: string | null }>(
        `select query, wait_event, extract(epoch from clock_timestamp() - query_start)::float8 * 1000 as duration
           from pg_stat_activity
          where datname = $1 and state = 'active' and application_name <> 'headgate' and backend_type = 'client backend'
          order by query_start`,
        [work],
      );
      return rows.map((row) => ({
        query: row.query,
        durationMs: Math.round(row.duration),
        ...(row.wait_event !== null && { waitEvent: row.wait_event }),
      }));
    },
    async [Symbol.asyncDispose]() {
      try {
        await drop(work);
        await drop(copy);
        if (kept) await drop(aside);
        await dropMade(initialState);
        await restoreClusterState(maintenance, initialState, shared, own);
      } finally {
        await maintenance.end();
      }
    },
  };
}

/** Waits for a database's connections to close, ends those that have not after the grace, and waits until they are gone. */
async function vacate(maintenance: pg.Client, database: string, graceMs: number): Promise<void> {
  const deadline = performance.now() + graceMs;
  for (let attempt = 0; attempt < 1000; attempt++) {
    const terminate = performance.now() >= deadline ? "pg_terminate_backend(pid)" : "true";
    const { rowCount } = await maintenance.query(
      `select ${terminate} from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()`,
      [database],
    );
    if (rowCount === 0) return;
    await sleep(endingPollMs);
  }
}

/** PostgreSQL cuts names at 63 bytes; done here, so that the name of the connection is the name of the database. */
function truncated(name: string): string {
  let cut = name;
  while (Buffer.byteLength(cut) > 63) cut = [...cut].slice(0, -1).join("");
  return cut;
}

function quoted(identifier: string): string {
  return pg.escapeIdentifier(identifier);
}
