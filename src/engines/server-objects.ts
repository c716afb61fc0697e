import pg from "pg";

/**
 * What a server keeps outside any database, and outside the catalogs that a row can be put back into: names by kind, and the
 * settings of `ALTER SYSTEM`.
 */
export interface ServerObjects {
  readonly names: Readonly<Record<Kind, readonly string[]>>;
  readonly settings: ReadonlyMap<string, string>;
}

type Kind = keyof typeof kinds;

/** In the order in which they can be removed. What cannot be made again by its name alone has no `make`. */
const kinds = {
  database: {
    list: "select datname as name from pg_database",
    remove: (name: string) => `drop database if exists ${pg.escapeIdentifier(name)} with (force)`,
    make: (name: string) => `create database ${pg.escapeIdentifier(name)}`,
  },
  "replication slot": {
    list: "select slot_name as name from pg_replication_slots where not temporary and database is null",
    remove: (name: string) => `select pg_drop_replication_slot(${pg.escapeLiteral(name)})`,
    make: (name: string) => `select pg_create_physical_replication_slot(${pg.escapeLiteral(name)})`,
  },
  "replication origin": {
    // Those of subscriptions go with them.
    list: "select roname as name from pg_replication_origin where roname !~ '^pg_[0-9]+'",
    remove: (name: string) => `select pg_replication_origin_drop(${pg.escapeLiteral(name)})`,
    make: (name: string) => `select pg_replication_origin_create(${pg.escapeLiteral(name)})`,
  },
  tablespace: {
    list: "select spcname as name from pg_tablespace",
    remove: (name: string) => `drop tablespace if exists ${pg.escapeIdentifier(name)}`,
    make: undefined,
  },
} as const;

const kindNames = Object.keys(kinds) as readonly Kind[];

/** Reads them, as a superuser. */
export async function readServerObjects(client: pg.ClientBase): Promise<ServerObjects> {
  const names = {} as Record<Kind, readonly string[]>;
  for (const kind of kindNames)
    names[kind] = (await client.query<{ name: string }>(kinds[kind].list)).rows.map(({ name }) => name);
  return { names, settings: await readSystemSettings(client) };
}

/**
 * Removes what was made since, and makes again what is gone: a database is empty then.
 * @param own databases that are none of a migration's making
 */
export async function restoreServerObjects(
  client: pg.ClientBase,
  wanted: ServerObjects,
  own: readonly string[],
): Promise<void> {
  const present = await readServerObjects(client);
  for (const kind of kindNames) {
    const { remove, make } = kinds[kind];
    const there = new Set(present.names[kind]);
    const known = new Set(wanted.names[kind]);
    for (const name of there) if (!known.has(name) && !own.includes(name)) await unlessUsed(client, remove(name));
    for (const name of known) if (!there.has(name) && !own.includes(name) && make) await client.query(make(name));
  }
  await restoreSystemSettings(client, wanted.settings, present.settings);
}

/** Settings that `ALTER SYSTEM` has written, whether or not the server has read them since. Needs a superuser. */
export async function readSystemSettings(client: pg.ClientBase): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ name: string; setting: string }>(
    "select name, setting from pg_catalog.pg_file_settings where sourcefile like '%/postgresql.auto.conf' order by seqno",
  );
  return new Map(rows.map(({ name, setting }) => [name, setting]));
}

async function restoreSystemSettings(
  client: pg.ClientBase,
  wanted: ServerObjects["settings"],
  present: ServerObjects["settings"],
): Promise<void> {
  const changed = [...new Set([...wanted.keys(), ...present.keys()])].filter(
    (name) => wanted.get(name) !== present.get(name),
  );
  for (const name of changed) await client.query(systemSetting(name, wanted.get(name)));
  if (changed.length > 0) await client.query("select pg_reload_conf()");
}

/** Their values are lists of names, quoted as SQL quotes them: https://www.postgresql.org/docs/18/config-setting.html */
const lists = new Set([
  "local_preload_libraries",
  "search_path",
  "session_preload_libraries",
  "shared_preload_libraries",
  "temp_tablespaces",
  "unix_socket_directories",
]);

/** The statement that gives a setting of the server this value, or takes its value away. */
function systemSetting(name: string, value: string | undefined): string {
  const quoted = name.split(".").map(pg.escapeIdentifier).join(".");
  if (value === undefined) return `ALTER SYSTEM RESET ${quoted}`;
  return `ALTER SYSTEM SET ${quoted} = ${lists.has(name) && value !== "" ? value : pg.escapeLiteral(value)}`;
}

/** In use, or not empty: https://www.postgresql.org/docs/18/errcodes-appendix.html */
const used = new Set(["55006", "55000"]);

async function unlessUsed(client: pg.ClientBase, sql: string): Promise<void> {
  await client.query(sql).catch((error: { readonly code?: string }) => {
    if (!used.has(error.code ?? "")) throw error;
  });
}
