import type pg from "pg";
import { EngineError } from "../errors.ts";
import { expectReadable } from "./ledger-rights.ts";

/** The ledger's layout; a newer one than this is not touched. */
export const ledgerVersion = 1;

/** Its tables and their columns, as `format_type` names their types. */
const layout: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  run: {
    id: "bigint",
    began: "timestamp with time zone",
    ledger: "smallint",
    headgate: "text",
    role: "text",
    project: "text",
    history: "text",
    tool: "text",
    direction: "text",
    actor: "text",
    commit: "text",
    pull_request: "text",
    plan: "text",
    overrides: "text[]",
  },
  entry: {
    id: "bigint",
    at: "timestamp with time zone",
    run: "bigint",
    project: "text",
    revision: "text",
    event: "text",
    details: "jsonb",
  },
};

interface Column {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  /** Whether a row needs a value for it from whoever writes the row. */
  readonly needed: boolean;
  /** Whether the role may read its table. */
  readonly readable: boolean;
}

/**
 * Whether there is a ledger. A schema with nothing in it was made for one, by whoever may make schemas.
 * @throws EngineError when it is of a newer Headgate, was changed by somebody else, or is not Headgate's at all
 */
export async function hasLedger(client: pg.ClientBase): Promise<boolean> {
  // By name and not by to_regclass, which fails for a role that may not use the schema.
  const { rows } = await client.query<Column>(
    `SELECT relname AS table, coalesce(attname, '') AS name, format_type(atttypid, atttypmod) AS type,
            attnotnull AND NOT atthasdef AND attidentity = '' AS needed,
            has_schema_privilege(relnamespace, 'USAGE') AND has_table_privilege(pg_class.oid, 'SELECT') AS readable
       FROM pg_class LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
      WHERE relnamespace = to_regnamespace('headgate') AND relkind IN ('r', 'p', 'v', 'm', 'f')`,
  );
  if (rows.length === 0) return false;
  const found = new Map<string, Column>(rows.map((column) => [`${column.table}.${column.name}`, column]));
  const tables = new Set(rows.map(({ table }) => table));
  if (!Object.keys(layout).every((table) => tables.has(table)))
    throw new EngineError(
      "The database has a schema `headgate` that is not the ledger of Headgate. Rename it: Headgate keeps what it applied under that name.",
    );
  if (rows.some(({ table, readable }) => table in layout && !readable)) await expectReadable(client);
  if (found.has("run.ledger")) await refuseNewer(client);
  const changed = changedColumns(found);
  if (changed.length > 0)
    throw new EngineError(
      `The ledger in the database, the schema \`headgate\`, was changed by somebody else: ${changed.join(", ")}. Change it back, or rename the schema, and Headgate begins a new ledger.`,
    );
  return true;
}

async function refuseNewer(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ newest: number | null }>("SELECT max(ledger)::int AS newest FROM headgate.run");
  if ((rows[0]?.newest ?? 0) > ledgerVersion)
    throw new EngineError(
      "The ledger in the database was written by a newer Headgate. Use that version, or a later one.",
    );
}

/** What keeps Headgate from reading it, or from writing to it. */
function changedColumns(found: ReadonlyMap<string, Column>): readonly string[] {
  const own = Object.entries(layout).flatMap(([table, columns]) =>
    Object.entries(columns).map(([name, type]) => [`${table}.${name}` as string, type] as const),
  );
  const known = new Set(own.map(([path]) => path));
  return [
    ...own.flatMap(([path, type]) => {
      const there = found.get(path)?.type;
      if (there === type) return [];
      return [there === undefined ? `the column \`${path}\` is missing` : `\`${path}\` is ${there} and not ${type}`];
    }),
    ...[...found]
      .filter(([path, { table, needed }]) => needed && table in layout && !known.has(path))
      .map(([path]) => `the column \`${path}\` was added, and has no default`),
  ];
}
