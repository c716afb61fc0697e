import { randomBytes } from "node:crypto";
import pg from "pg";
import type { DatabaseConnection } from "../database-connection.ts";
import { readClusterState, restoreClusterState, type ClusterState, type SharedServer } from "./cluster-state.ts";
import { connectAs } from "./connect.ts";
import type { DatabaseLocale } from "./database-locale.ts";
import type { PostgresServer } from "./engine.ts";
import { ownConnection } from "./own-connection.ts";
import { serverDatabases } from "./server-databases.ts";

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
  const { copyDatabase, createLike, drop } = serverDatabases(server, maintenance);
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

  let made: () => readonly string[] = () => [];
  const dropMade = async ({ databases }: ClusterState) => {
    if (shared) for (const each of made()) if (!databases.includes(each)) await drop(each);
  };

  let initialState: ClusterState;
  try {
    if (server.engine !== "url") await drop(work);
    initialState = await readClusterState(maintenance, shared);
    if (like === undefined || !(await createLike(work, like, template))) await copyDatabase(work, template);
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
      await copyDatabase(copy, work);
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
      if (checkpointState !== undefined || like === undefined || !(await createLike(work, like, template)))
        await copyDatabase(work, from.template);
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

/** PostgreSQL cuts names at 63 bytes; done here, so that the name of the connection is the name of the database. */
function truncated(name: string): string {
  let cut = name;
  while (Buffer.byteLength(cut) > 63) cut = [...cut].slice(0, -1).join("");
  return cut;
}

function quoted(identifier: string): string {
  return pg.escapeIdentifier(identifier);
}
