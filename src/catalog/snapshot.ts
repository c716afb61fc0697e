import type pg from "pg";
import { EngineError } from "../errors.ts";
import type { Catalog, CatalogObject } from "./catalog.ts";
import { changedRelations, marksStatement, noHorizon, readMarks, type Marks } from "./marks.ts";
import type { CatalogQuery, ServerFacts } from "./queries/query.ts";
import { catalogQueries, partOfCatalog, wholeCatalog } from "./statements.ts";

/** What is known of one connection after its first snapshot. */
interface Reader {
  readonly shapes: readonly Shape[];
  /** What the names of its prepared statements begin with: planning takes longer than reading a small schema. */
  readonly name: string;
  /** Whether it may read what tells changes apart. */
  readonly seesChanges: boolean;
  /** The last reading outside of a transaction of the client's own. */
  last?: Reading;
}

interface Reading {
  readonly marks: Marks;
  readonly groups: Groups;
  readonly catalog: Catalog;
}

/**
 * Objects by the number of the relation that they are about, none where they are about none, and by the rows they were made
 * from: most are the same in the next reading.
 */
type Groups = ReadonlyMap<string | null, ReadonlyMap<string, CatalogObject>>;

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
  SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL jit = off; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL max_parallel_workers_per_gather = 0;
  SET LOCAL lock_timeout = '3s'; SET LOCAL statement_timeout = '120s';
  SET LOCAL datestyle = ISO; SET LOCAL intervalstyle = postgres; SET LOCAL timezone = 'UTC'; SET LOCAL lc_monetary = 'C';
  SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = hex; SET LOCAL xmlbinary = base64;
  SET LOCAL quote_all_identifiers = off; SET LOCAL standard_conforming_strings = on;`;

/** For few rows of catalogs of any size: the statement is planned once, while they may still be small. */
const byIndex = "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;";

/** When more has changed, reading all is faster. */
const mostInParts = 200;

/**
 * Reads the catalog of the database a client is connected to, in one or two round trips (two on the client's first call).
 * A later call reads only the relations that changed since the one before, where nothing else did.
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
    const { reader, prepare } = await readerOf(client);
    const opening = `${begin}; ${surroundings} ${prepare}`;
    const whole = `EXECUTE ${reader.name}; ${end}`;
    // What a transaction of the client's own wrote may not stay.
    if (inTransaction || !reader.seesChanges) {
      const [rows] = await answers(client, `${opening} ${whole}`);
      readers.set(client, reader);
      return catalogOf(grouped(rows, reader));
    }
    const { last } = reader;
    const look = `EXECUTE ${reader.name}_marks ('${last?.marks.horizon ?? noHorizon}');`;
    const [found, all] = await answers(client, `${opening} ${look} ${last ? "" : whole}`);
    const marks = readMarks(found?.[0] ?? []);
    readers.set(client, reader);
    const changed = last && changedRelations(last.marks, marks);
    const groups =
      (all && grouped(all, reader)) ??
      (last && changed && (await changedGroups(client, reader, last, changed, end))) ??
      grouped(
        (await answers(client, client.getTransactionStatus() === "T" ? whole : `${opening} ${whole}`))[0],
        reader,
      );
    const catalog = last?.groups === groups ? last.catalog : catalogOf(groups);
    reader.last = { marks, groups, catalog };
    return catalog;
  } catch (cause) {
    readers.delete(client);
    await client.query(end).catch(() => {});
    throw new EngineError(`The catalog of the database could not be read: ${reasonOf(cause)}`, { cause });
  }
}

/** What is known, with these relations read anew; nothing when that is not enough. Leaves the transaction when it read. */
async function changedGroups(
  client: pg.ClientBase,
  reader: Reader,
  last: Reading,
  changed: readonly string[],
  end: string,
): Promise<Groups | undefined> {
  if (changed.length > mostInParts) return undefined;
  if (changed.length === 0) {
    await client.query(end);
    return last.groups;
  }
  const [rows] = await answers(client, `${byIndex} EXECUTE ${reader.name}_part ('{${changed.join()}}'); ${end}`);
  if (rows.some(([, json]) => json === null)) return undefined;
  const groups = new Map(last.groups);
  for (const relation of changed) groups.delete(relation);
  for (const [relation, group] of grouped(rows, reader)) groups.set(relation, group);
  return groups;
}

type Rows = readonly (readonly (string | null)[])[];

/** What the statements of a text answered that answer with rows. */
async function answers(client: pg.ClientBase, text: string): Promise<readonly [Rows, ...Rows[]]> {
  const answer = (await client.query({ text, rowMode: "array" })) as unknown as Answer | readonly Answer[];
  const [first, ...others] = [answer].flat().filter(({ command }) => command === "SELECT");
  // Without this, two catalogs that were not read would be equal.
  if (!first) throw new Error("the server sent no rows.");
  return [first.rows, ...others.map(({ rows }) => rows)];
}

type Answer = pg.QueryArrayResult<(string | null)[]>;

async function readerOf(client: pg.ClientBase): Promise<{ readonly reader: Reader; readonly prepare: string }> {
  const known = readers.get(client);
  if (known) return { reader: known, prepare: "" };
  const facts = await readFacts(client);
  const queries = catalogQueries(facts);
  const name = `headgate_catalog_${++statements}`;
  const reader: Reader = { shapes: queries.map(shapeOf), name, seesChanges: facts.superuser };
  const later = `PREPARE ${name}_marks (xid) AS ${marksStatement(facts)}; PREPARE ${name}_part (oid[]) AS ${partOfCatalog(queries)};`;
  return { reader, prepare: `PREPARE ${name} AS ${wholeCatalog(queries)}; ${facts.superuser ? later : ""}` };
}

async function readFacts(client: pg.ClientBase): Promise<ServerFacts> {
  const { rows } = await client.query<{ version: number; superuser: boolean }>(
    `SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS version,
      (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) current_user) AS superuser`,
  );
  const [facts] = rows;
  return { major: Math.floor((facts?.version ?? 0) / 10_000), superuser: facts?.superuser ?? false };
}

const shapeOf = ({ kind, needs, attributes }: CatalogQuery): Shape => ({
  kind,
  needs,
  attributes: Object.entries(attributes).map(([name, source]) => [
    name,
    typeof source === "string" ? undefined : source.read,
  ]),
});

function grouped(rows: Rows, { shapes, last }: Reader): Groups {
  const groups = new Map<string | null, Map<string, CatalogObject>>();
  for (const [relation = null, row] of rows) {
    const object = last?.groups.get(relation)?.get(row ?? "") ?? objectOf(row ?? "", shapes);
    if (object === undefined) continue;
    const group = groups.get(relation);
    if (group) group.set(row ?? "", object);
    else groups.set(relation, new Map([[row ?? "", object]]));
  }
  return groups;
}

function catalogOf(groups: Groups): Catalog {
  const objects = new Map<string, CatalogObject>();
  for (const group of groups.values())
    for (const object of group.values()) objects.set(`${object.kind} ${object.name}`, object);
  return { objects };
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
