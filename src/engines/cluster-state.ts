import type pg from "pg";

/**
 * What a server keeps outside any database and a migration may change: roles and memberships; and, about one database,
 * its owner, grants, settings and comment, which `CREATE DATABASE … TEMPLATE` does not copy.
 */
export type ClusterState =
  /** As rows of the shared catalogs, for an account that may write them. */
  | { readonly kind: "rows"; readonly database: DatabaseRow | undefined; readonly rows: SharedRows }
  /** As names, for any other account: enough to remove what was created since. */
  | { readonly kind: "names"; readonly roles: readonly string[]; readonly memberships: readonly Membership[] };

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
] as const;

/**
 * Reads the state to come back to.
 * @param database whose owner, grants, settings and comment belong to it
 * @param copy a copy of that database, which is made to depend on no role: else its mere existence would keep a
 *   migration from dropping one
 */
export async function readClusterState(client: pg.Client, database?: string, copy?: string): Promise<ClusterState> {
  if (!(await mayWriteCatalogs(client))) {
    const roles = await client.query<{ rolname: string }>("select rolname from pg_roles");
    return { kind: "names", roles: roles.rows.map((row) => row.rolname), memberships: await memberships(client) };
  }
  const row = database === undefined ? undefined : await databaseRow(client, database);
  if (copy !== undefined)
    await client.query("delete from pg_shdepend where dbid = (select oid from pg_database where datname = $1)", [copy]);
  const rows = {} as Record<(typeof sharedCatalogs)[number], readonly Row[]>;
  for (const catalog of sharedCatalogs) rows[catalog] = await sharedRows(client, catalog, row?.oid);
  return { kind: "rows", database: row, rows };
}

/** Brings a state back; `database` is the one it was read for, made anew since. */
export async function restoreClusterState(client: pg.Client, state: ClusterState, database?: string): Promise<void> {
  if (state.kind === "names") return removeNames(client, state.roles, state.memberships);
  const present =
    database === undefined || state.database === undefined ? undefined : await databaseRow(client, database);
  await client.query("begin");
  for (const catalog of sharedCatalogs) {
    const wanted = state.rows[catalog].map((row) => JSON.stringify(moved(row, state.database?.oid, present?.oid)));
    const there = (await sharedRows(client, catalog, present?.oid)).map((row) => JSON.stringify(row));
    const surplus = there.filter((row) => !wanted.includes(row));
    const missing = wanted.filter((row) => !there.includes(row));
    if (surplus.length > 0)
      await client.query(`delete from ${catalog} as c using unnest($1::jsonb[]) as gone where to_jsonb(c) = gone`, [
        surplus,
      ]);
    if (missing.length > 0)
      await client.query(
        `insert into ${catalog} select c.* from unnest($1::jsonb[]) as row, jsonb_populate_record(null::${catalog}, row) as c`,
        [missing],
      );
  }
  if (state.database && present)
    await client.query("update pg_database set datdba = $2, datacl = $3::aclitem[], datconnlimit = $4 where oid = $1", [
      present.oid,
      state.database.datdba,
      state.database.datacl,
      state.database.datconnlimit,
    ]);
  await client.query("commit");
}

/** The number of `pg_database` itself, the same in every version. */
const databaseClass = "1262";

async function mayWriteCatalogs(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ rolsuper: boolean }>(
    "select rolsuper from pg_roles where rolname = current_user",
  );
  return rows[0]?.rolsuper === true;
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
  const columns = new Set(["setdatabase", "dbid", ...(isDatabase ? ["objid", "objoid"] : [])]);
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

async function removeNames(client: pg.Client, roles: readonly string[], before: readonly Membership[]): Promise<void> {
  const { rows } = await client.query<{ role: string }>(
    "select quote_ident(rolname) as role from pg_roles where rolname <> all ($1)",
    [roles],
  );
  for (const { role } of rows) await client.query(`drop role ${role}`);
  for (const { role, member } of await memberships(client))
    if (!before.some((known) => known.role === role && known.member === member))
      await client.query(`revoke ${role} from ${member}`);
}
