import type pg from "pg";
import { readLocale, type DatabaseLocale } from "../engines/database-locale.ts";

/** An extension as a database has it. */
export interface InstalledExtension {
  readonly name: string;
  readonly version: string;
  readonly schema: string;
}

/** What of the production server decides how migrations run. */
export interface ServerTraits {
  readonly major: number;
  readonly locale: DatabaseLocale;
  /** What a session of the applying role begins with, by the name of the setting. */
  readonly settings: Readonly<Record<string, string>>;
  /** The same of settings that only extensions and migrations know; their values may be secrets. */
  readonly ownSettings: Readonly<Record<string, string>>;
  /** The schemas in which it looks for names, beside `public`. */
  readonly schemas: readonly string[];
  /** The one in which it makes what has no schema in its name; absent where there is none. */
  readonly currentSchema?: string;
  readonly extensions: readonly InstalledExtension[];
}

/** What statements mean: https://www.postgresql.org/docs/18/runtime-config-client.html and …-compatible.html */
const deciding = [
  "Client Connection Defaults / Statement Behavior",
  "Client Connection Defaults / Locale and Formatting",
  "Version and Platform Compatibility / %",
];

/**
 * What in these categories limits instead (the guard takes care of timeouts), is the client's or the transaction's, or names
 * what only the target has: tablespaces, the operating system's locales.
 */
const left =
  "^(.*_timeout|.*tablespaces?|client_.*|lc_.*|transaction_.*|default_transaction_read_only|vacuum_.*|gin_.*|search_path)$";

/** Reads what of a server, and of the role there, decides how migrations run. */
export async function readTraits(client: pg.ClientBase): Promise<ServerTraits> {
  const { rows } = await client.query<{
    version: number;
    path: string;
    schemas: readonly string[];
    current: string | null;
  }>(
    `SELECT current_setting('server_version_num')::int AS version,
            replace(current_setting('search_path'), '"$user"', quote_ident(current_user)) AS path,
            array_remove(current_schemas(false), 'public')::text[] AS schemas, current_schema() AS current`,
  );
  const [traits] = rows;
  const { path = "public", schemas = [] } = traits ?? {};
  // In the ordinary case no schema has the role's name, and the path is the one that every server begins with.
  const isOrdinary = schemas.length === 0 && /^[^,]+, public$/.test(path);
  const { rows: settings } = await client.query<{ name: string; value: string }>(
    // What this session itself has set does not count.
    `SELECT name, reset_val AS value FROM pg_settings
      WHERE context IN ('user', 'superuser') AND category LIKE ANY ($1) AND name !~* $2`,
    [deciding, left],
  );
  const { rows: own } = await client.query<{ name: string; value: string }>(
    `SELECT DISTINCT name, current_setting(name, true) AS value
       FROM pg_db_role_setting s, unnest(s.setconfig) AS said, split_part(said, '=', 1) AS name
      WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
        AND s.setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = session_user))
        AND name LIKE '%.%' AND current_setting(name, true) IS NOT NULL`,
  );
  return {
    major: Math.floor((traits?.version ?? 0) / 10_000),
    locale: await readLocale(client),
    settings: { ...valuesOf(settings), ...(isOrdinary ? {} : { search_path: path }) },
    ownSettings: valuesOf(own),
    schemas,
    ...(traits?.current ? { currentSchema: traits.current } : {}),
    extensions: await readExtensions(client),
  };
}

/** The extensions of a database, in the order in which they came. */
export async function readExtensions(client: pg.ClientBase): Promise<readonly InstalledExtension[]> {
  const { rows } = await client.query<InstalledExtension>(
    `SELECT extname AS name, extversion AS version, nspname AS schema
       FROM pg_extension e JOIN pg_namespace n ON n.oid = extnamespace ORDER BY e.oid`,
  );
  return rows;
}

const valuesOf = (rows: readonly { readonly name: string; readonly value: string }[]) =>
  Object.fromEntries(rows.map(({ name, value }) => [name, value]));
