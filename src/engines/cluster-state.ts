import type pg from "pg";
import { readServerObjects, restoreServerObjects, type ServerObjects } from "./server-objects.ts";

/**
 * What a server keeps outside any database and a migration may change: roles and memberships, other databases, the server's
 * settings; and, about one database, its owner, grants, settings, comment and subscriptions, which
 * `CREATE DATABASE … TEMPLATE` does not copy.
 */
export interface ClusterState {
  /** Enough to remove what was created since. */
  readonly databases: readonly string[];
  readonly roles: readonly string[];
  readonly memberships: readonly Membership[];
  /** Enough to bring everything back; absent where the catalogs are not this run's to write. */
  readonly catalogs?: { readonly database: DatabaseRow | undefined; readonly rows: SharedRows };
  /** Absent where others may use the server, or not all of it may be read. */
  readonly objects?: ServerObjects;
}

/** What of a server that others may use too belongs to one run. */
export interface SharedServer {
  /** The database that the run was given. */
  readonly database: string;
  /** What the names of its scratch databases begin with. */
  readonly run: string;
}

type Row = Readonly<Record<string, unknown>>;
type SharedRows = Readonly<Record<(typeof sharedCatalogs)[number], readonly Row[]>>;

interface DatabaseRow {
  readonly oid: string;
  readonly datdba: string;
  readonly datacl: string | null;
  readonly datconnlimit: number;
}

interface Membership {
  readonly role: string;
  readonly member: string;
}

/** In the order in which rows can be inserted. https://www.postgresql.org/docs/current/catalogs.html */
const sharedCatalogs = [
  "pg_authid",
  "pg_auth_members",
  "pg_db_role_setting",
  "pg_shdepend",
  "pg_shdescription",
  "pg_subscription",
] as const;

/**
 * Reads the state to come back to.
 * @param shared said when the server is not this run's own
 * @param database whose owner, grants, settings and comment belong to it
 * @param copy a copy of that database, which is made to depend on no role: else its mere existence would keep a
 *   migration from dropping one
 */
export async function readClusterState(
  client: pg.Client,
  shared: SharedServer | undefined,
  database?: string,
  copy?: string,
): Promise<ClusterState> {
  const { rows: roles } = await client.query<{ rolname: string }>("select rolname from pg_roles");
  const { rows: databases } = await client.query<{ datname: string }>("select datname from pg_database");
  const names = {
    databases: databases.map(({ datname }) => datname),
    roles: roles.map(({ rolname }) => rolname),
    memberships: await memberships(client),
  };
  if (!(await mayWriteCatalogs(client, shared))) return names;
  const row = database === undefined ? undefined : await databaseRow(client, database);
  if (copy !== undefined)
    await client.query("delete from pg_shdepend where dbid = (select oid from pg_database where datname = $1)", [copy]);
  const rows = {} as Record<(typeof sharedCatalogs)[number], readonly Row[]>;
  for (const catalog of sharedCatalogs) rows[catalog] = await sharedRows(client, catalog, row?.oid);
  const objects = shared === undefined ? { objects: await readServerObjects(client) } : {};
  return { ...names, catalogs: { database: row, rows }, ...objects };
}

/**
 * Brings a state back.
 * @param own databases that no migration made
 * @param database the one it was read for, made anew since
 */
export async function restoreClusterState(
  client: pg.Client,
  { roles, memberships: known, catalogs, objects }: ClusterState,
  shared: SharedServer | undefined,
  own: readonly string[],
  database?: string,
): Promise<void> {
  if (objects) await restoreServerObjects(client, objects, own);
  // Asked again: somebody may have come since.
  if (!catalogs || !(await mayWriteCatalogs(client, shared))) return removeNames(client, roles, known);
  const present =
    database === undefined || catalogs.database === undefined ? undefined : await databaseRow(client, database);
  await client.query("begin");
  for (const catalog of sharedCatalogs) {
    const wanted = catalogs.rows[catalog].map((row) =>
      JSON.stringify(moved(row, catalogs.database?.oid, present?.oid)),
    );
    const there = (await sharedRows(client, catalog, present?.oid)).map((row) => JSON.stringify(row));
    const surplus = there.filter((row) => !wanted.includes(row));
    const missing = wanted.filter((row) => !there.includes(row));
    if (surplus.length + missing.length > 0)
      // In one statement: between two there would be no row that says what the role of this connection may do.
      await client.query(
        `with removed as (delete from ${catalog} as c using unnest($1::jsonb[]) as gone where to_jsonb(c) = gone returning 1),
              first as materialized (select count(*) from removed)
         insert into ${catalog} select c.* from first, unnest($2::jsonb[]) as row, jsonb_populate_record(null::${catalog}, row) as c`,
        [surplus, missing],
      );
  }
  if (catalogs.database && present)
    await client.query("update pg_database set datdba = $2, datacl = $3::aclitem[], datconnlimit = $4 where oid = $1", [
      present.oid,
      catalogs.database.datdba,
      catalogs.database.datacl,
      catalogs.database.datconnlimit,
    ]);
  await client.query("commit");
}

/** The number of `pg_database` itself, the same in every version. */
const databaseClass = "1262";

/**
 * Only a superuser may, and only where nobody else has a database: a role of theirs that is taken out of the catalog leaves
 * objects without an owner.
 */
async function mayWriteCatalogs(client: pg.Client, shared: SharedServer | undefined): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>(
    `select rolsuper and ($1::text is null or not exists (
              select from pg_database
               where not datistemplate and datname not in ('postgres', $1) and not starts_with(datname, $2))) as may
       from pg_roles where rolname = current_user`,
    [shared?.database, shared?.run],
  );
  return rows[0]?.may === true;
}

async function databaseRow(client: pg.Client, name: string): Promise<DatabaseRow | undefined> {
  const { rows } = await client.query<DatabaseRow>(
    "select oid::text, datdba::text, datacl::text, datconnlimit from pg_database where datname = $1",
    [name],
  );
  return rows[0];
}

/** The rows about roles and about one database; those about other databases are nobody's business. */
async function sharedRows(
  client: pg.Client,
  catalog: (typeof sharedCatalogs)[number],
  database = "0",
): Promise<readonly Row[]> {
  const condition = {
    pg_authid: "true",
    pg_auth_members: "true",
    pg_db_role_setting: "setdatabase in (0, $1::oid)",
    pg_shdepend: "dbid in (0, $1::oid) and (classid <> 'pg_database'::regclass or objid = $1::oid)",
    pg_shdescription: "classoid = 'pg_authid'::regclass or (classoid = 'pg_database'::regclass and objoid = $1::oid)",
    pg_subscription: "subdbid = $1::oid",
  }[catalog];
  const { rows } = await client.query<{ row: Row }>(
    `select to_jsonb(c) as row from ${catalog} as c where (${condition}) and $1::oid is not null`,
    [database],
  );
  return rows.map(({ row }) => row);
}

/** A row with the database's old number replaced by its new one. */
function moved(row: Row, from: string | undefined, to: string | undefined): Row {
  if (from === undefined || to === undefined) return row;
  const isDatabase = row["classid"] === databaseClass || row["classoid"] === databaseClass;
  const columns = new Set(["setdatabase", "dbid", "subdbid", ...(isDatabase ? ["objid", "objoid"] : [])]);
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, columns.has(name) && value === from ? to : value]),
  );
}

async function memberships(client: pg.Client): Promise<readonly Membership[]> {
  const { rows } = await client.query<Membership>(
    "select roleid::regrole::text as role, member::regrole::text as member from pg_auth_members",
  );
  return rows;
}

/** Objects of others depend on it, it is not ours, it is gone, it is in use: https://www.postgresql.org/docs/18/errcodes-appendix.html */
const notOurs = new Set(["2BP01", "42501", "42704", "55006"]);

/** What somebody else made in the meantime, and uses or does not let us touch, stays. */
async function removeNames(client: pg.Client, roles: readonly string[], before: readonly Membership[]): Promise<void> {
  const remove = (sql: string) =>
    client.query(sql).catch((error: { readonly code?: string }) => {
      if (!notOurs.has(error.code ?? "")) throw error;
    });
  const { rows } = await client.query<{ role: string }>(
    "select quote_ident(rolname) as role from pg_roles where rolname <> all ($1)",
    [roles],
  );
  for (const { role } of rows) await remove(`drop role ${role}`);
  for (const { role, member } of await memberships(client))
    if (!before.some((known) => known.role === role && known.member === member))
      await remove(`revoke ${role} from ${member}`);
}
