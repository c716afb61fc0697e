import type pg from "pg";
import type { Files } from "../files.ts";
import type { Revision } from "../history.ts";
import type { RecordedRevisions, VersionRecord, VersionRow } from "../tools/version-record.ts";
import { ConfigurationError } from "../errors.ts";

/** What a database says about one history. */
export interface RecordedState extends RecordedRevisions {
  /** The version table as SQL writes it; absent when there is none. */
  readonly table?: string;
}

/** Where to look for a version table. */
interface Place {
  /** The table, where the configuration or the tool itself said which one it is. */
  readonly named?: string;
  /** The only schema that it may be in: a tenant's. */
  readonly schema?: string;
}

/** SQLSTATE: https://www.postgresql.org/docs/18/errcodes-appendix.html */
const undefinedColumn = "42703";

/**
 * Reads what a tool's version table says, with plain SELECTs. Creates nothing.
 * @throws ConfigurationError when several tables could be meant
 */
export async function readState(
  client: pg.ClientBase,
  record: VersionRecord,
  ordered: readonly Revision[],
  files: Files,
  place: Place = {},
): Promise<RecordedState> {
  const table = await findTable(client, record, place);
  if (table === undefined) return { applied: [] };
  const { rows } = await client.query<VersionRow>(record.query(table)).catch((cause: unknown) => {
    if ((cause as { readonly code?: string }).code !== undefinedColumn) throw cause;
    throw new ConfigurationError(
      `The table ${table} is not one in which the project's tool keeps what it applied: ${(cause as Error).message}. Put it back as the tool makes it, or name the right one with \`version-table:\` in headgate.yml.`,
      { cause },
    );
  });
  return { table, ...record.recorded(rows, ordered, files) };
}

async function findTable(
  client: pg.ClientBase,
  { name, columns }: VersionRecord,
  { named, schema }: Place,
): Promise<string | undefined> {
  const { rows: direct } = await client.query<{ table: string | null; schema: string }>(
    `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS table, n.nspname AS schema
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)`,
    [named ?? name],
  );
  const exact = direct[0]?.table ?? undefined;
  if (schema !== undefined && exact !== undefined && direct[0]?.schema !== schema)
    throw new ConfigurationError(
      `The tool would keep what it applied to the schema ${schema} in ${exact}, which tenants would share. Keep a version table in each schema, and none in one that the search path also has.`,
    );
  if (named !== undefined || columns === undefined || exact !== undefined) return exact;
  const { rows } = await client.query<{ table: string }>(
    `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS table FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'r' AND n.nspname !~ '^pg_(temp|toast)' AND ARRAY(
        SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         ORDER BY a.attnum) = $1 AND n.nspname = coalesce($2, n.nspname)`,
    [columns, schema ?? null],
  );
  const tables = rows.map(({ table }) => table);
  if (tables.length > 1)
    throw new ConfigurationError(
      `The database has several tables in which a tool could keep what it applied: ${tables.join(", ")}. Name the right one with \`version-table:\` of the project in headgate.yml.`,
    );
  return tables[0];
}
