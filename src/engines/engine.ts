import type { DatabaseConnection } from "../database-connection.ts";

/** Where the PostgreSQL for a check comes from; the name used with `--engine`. */
export type EngineName = "testcontainers" | "embedded" | "url" | "memory";

/** What to start. */
export interface EngineOptions {
  /** PostgreSQL major or full version, for example `17` or `17.5`; absent: the newest the engine offers. */
  readonly postgres?: string;
  /** `testcontainers` only: any image that behaves like the official one. */
  readonly image?: string;
  /** `url` only. */
  readonly databaseUrl?: string;
  /** `url` only: accept a database that holds something. */
  readonly allowNonEmpty?: boolean;
  /** Called with one short line when something slow begins ("pulling postgres:17"). */
  readonly onProgress?: (step: string) => void;
}

/** A running PostgreSQL that belongs to this run. Disposing it removes it and everything in it. */
export interface PostgresServer extends AsyncDisposable {
  readonly engine: EngineName;
  /** For example `18.4`. */
  readonly version: string;
  /** For example `18`. */
  readonly major: number;
  /** Why it is not the one that is tried first, in a clause. */
  readonly instead?: string;
  /** How long it took to answer its first query, in milliseconds. */
  readonly startMs: number;
  /** Connection parameters for one of its databases, as an account that may do everything a check needs. */
  connection(database: string): DatabaseConnection;
  /** The directory of its Unix socket, where this process reaches it. */
  readonly socketDirectory?: string;
  /** A database that always exists, to connect to while others are created and dropped. */
  readonly maintenanceDatabase: string;
  /** What new databases are copied from. */
  readonly templateDatabase: string;
  /** The last failure of its own in its log, if there is one; absent where there is no log to read. */
  lastWords?(): string | undefined;
}
