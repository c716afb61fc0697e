import type pg from "pg";
import { EngineError } from "../errors.ts";
import type { Catalog, CatalogObject } from "./catalog.ts";
import { changedGrants } from "./queries/changed-grants.ts";
import { columnQueries } from "./queries/columns.ts";
import { databaseQueries } from "./queries/database.ts";
import { foreignData } from "./queries/foreign-data.ts";
import { operatorQueries } from "./queries/operators.ts";
import type { CatalogQuery, ServerFacts } from "./queries/query.ts";
import { relations } from "./queries/relations.ts";
import { replication } from "./queries/replication.ts";
import { routines } from "./queries/routines.ts";
import { tableParts } from "./queries/table-parts.ts";
import { textSearch } from "./queries/text-search.ts";
import { types } from "./queries/types.ts";

/** What is known of one connection after its first snapshot. */
interface Reader {
  readonly shapes: readonly Shape[];
  /** Name of the prepared statement: planning takes longer than reading a small schema. */
  readonly statement: string;
  /** The objects of the last snapshot by the rows they were made from: most are the same in the next one. */
  known: ReadonlyMap<string, CatalogObject>;
}

/** How the objects of one query look. */
interface Shape {
  readonly kind: string;
  readonly needs: string | undefined;
  readonly attributes: readonly (readonly [name: string, read: ((raw: string) => string | null) | undefined])[];
}

const readers = new WeakMap<pg.ClientBase, Reader>();
let statements = 0;

/**
 * The names that PostgreSQL prints depend on these, and a session may have any of them set differently.
 * Nothing here outlives the transaction. Expressions are printed under a lock, hence the limit.
 */
const surroundings = `
  SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0;
  SET LOCAL lock_timeout = '3s'; SET LOCAL statement_timeout = '120s';
  SET LOCAL datestyle = ISO; SET LOCAL intervalstyle = postgres; SET LOCAL timezone = 'UTC'; SET LOCAL lc_monetary = 'C';
  SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = hex; SET LOCAL xmlbinary = base64;
  SET LOCAL quote_all_identifiers = off; SET LOCAL standard_conforming_strings = on;`;

/**
 * Reads the catalog of the database a client is connected to, in one round trip (two on the client's first call).
 * Changes no setting of the session. In an open transaction it sees what that transaction sees.
 * @throws EngineError when the catalog cannot be read, for example because another connection keeps a table locked
 */
export async function readCatalog(client: pg.ClientBase): Promise<Catalog> {
  const status = client.getTransactionStatus();
  if (status === "E") throw new EngineError("The catalog of the database cannot be read in a failed transaction.");
  const inTransaction = status === "T";
  const [begin, end] = inTransaction
    ? ["SAVEPOINT headgate_catalog", "ROLLBACK TO SAVEPOINT headgate_catalog; RELEASE SAVEPOINT headgate_catalog"]
    : ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "ROLLBACK"];
  try {
    let reader = readers.get(client);
    let prepare = "";
    if (reader === undefined) {
      const queries = catalogQueries(await readFacts(client));
      reader = { shapes: queries.map(shapeOf), statement: `headgate_catalog_${++statements}`, known: new Map() };
      prepare = `PREPARE ${reader.statement} AS ${catalogSql(queries)};`;
    }
    const results = (await client.query({
      text: `${begin}; ${surroundings} ${prepare} EXECUTE ${reader.statement}; ${end}`,
      rowMode: "array",
    })) as unknown as readonly pg.QueryArrayResult<[string]>[];
    readers.set(client, reader);
    // Without this, two catalogs that were not read would be equal.
    const answer = results.find(({ command }) => command === "SELECT");
    if (!answer) throw new Error("the server sent no rows.");
    return { objects: objectsOf(answer.rows, reader) };
  } catch (cause) {
    readers.delete(client);
    await client.query(end).catch(() => {});
    throw new EngineError(`The catalog of the database could not be read: ${reasonOf(cause)}`, { cause });
  }
}

async function readFacts(client: pg.ClientBase): Promise<ServerFacts> {
  const { rows } = await client.query<{ version: number; superuser: boolean }>(
    `SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS version,
      (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) current_user) AS superuser`,
  );
  const [facts] = rows;
  return { major: Math.floor((facts?.version ?? 0) / 10_000), superuser: facts?.superuser ?? false };
}

const catalogQueries = (server: ServerFacts): readonly CatalogQuery[] =>
  [
    databaseQueries,
    relations,
    columnQueries,
    tableParts,
    routines,
    types,
    operatorQueries,
    textSearch,
    foreignData,
    replication,
    changedGrants,
  ].flatMap((queries) => queries(server));

/** One statement for all. A row is a JSON array: the number of its query, name, relation, then the attributes in order. */
function catalogSql(queries: readonly CatalogQuery[]): string {
  const branches = queries.map(({ name, relation, attributes, from }, index) => {
    const values = Object.values(attributes).map((source) => (typeof source === "string" ? source : source.sql));
    const row = [`'${index}'`, name, relation ?? "NULL", ...values].join(", ");
    return `SELECT array_to_json(ARRAY[${row}]::text[])::text FROM ${from}`;
  });
  return `WITH schema AS MATERIALIZED (
      SELECT oid, quote_ident(nspname) AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    ), member AS MATERIALIZED (
      SELECT classid, objid FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
    ), relation AS MATERIALIZED (
      SELECT c.*, s.name || '.' || quote_ident(c.relname) AS name FROM schema s JOIN pg_class c ON c.relnamespace = s.oid
      WHERE c.relkind NOT IN ('i', 'I', 't') AND c.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_class'::regclass)
    )
    ${branches.join("\nUNION ALL\n")}`;
}

const shapeOf = ({ kind, needs, attributes }: CatalogQuery): Shape => ({
  kind,
  needs,
  attributes: Object.entries(attributes).map(([name, source]) => [
    name,
    typeof source === "string" ? undefined : source.read,
  ]),
});

function objectsOf(rows: readonly [string][], reader: Reader): Map<string, CatalogObject> {
  const objects = new Map<string, CatalogObject>();
  const known = new Map<string, CatalogObject>();
  for (const [row] of rows) {
    const object = reader.known.get(row) ?? objectOf(row, reader.shapes);
    if (object === undefined) continue;
    known.set(row, object);
    objects.set(`${object.kind} ${object.name}`, object);
  }
  reader.known = known;
  return objects;
}

function objectOf(row: string, shapes: readonly Shape[]): CatalogObject | undefined {
  const [index, name, relation, ...values] = JSON.parse(row) as [string, string, string | null, ...(string | null)[]];
  const shape = shapes[Number(index)];
  if (shape === undefined) return undefined;
  const attributes: Record<string, string | null> = {};
  for (const [position, [attribute, read]] of shape.attributes.entries()) {
    const value = values[position] ?? null;
    attributes[attribute] = value === null || read === undefined ? value : read(value);
  }
  if (shape.needs !== undefined && attributes[shape.needs] === null) return undefined;
  return { kind: shape.kind, name, attributes, ...(relation === null ? {} : { relation }) };
}

function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  const locked = (cause as { code?: unknown } | null)?.code === "55P03";
  return locked ? "another connection has kept a lock on one of its tables for 3 seconds." : message;
}
