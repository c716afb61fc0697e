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

/**
 * Reads what a tool's version table says, with plain SELECTs. Creates nothing.
 * @param named the table, where the configuration or the tool itself said which one it is
 * @throws ConfigurationError when several tables could be meant
 */
export async function readState(
  client: pg.ClientBase,
  record: VersionRecord,
  ordered: readonly Revision[],
  files: Files,
  named?: string,
): Promise<RecordedState> {
  const table = await findTable(client, record, named);
  if (table === undefined) return { applied: [] };
  const { rows } = await client.query<VersionRow>(record.query(table));
  return { table, ...record.recorded(rows, ordered, files) };
}

async function findTable(
  client: pg.ClientBase,
  { name, columns }: VersionRecord,
  named: string | undefined,
): Promise<string | undefined> {
  const { rows: direct } = await client.query<{ table: string | null }>(
    `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS table
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)`,
    [named ?? name],
  );
  const exact = direct[0]?.table ?? undefined;
  if (named !== undefined || columns === undefined || exact !== undefined) return exact;
  const { rows } = await client.query<{ table: string }>(
    `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS table FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'r' AND n.nspname !~ '^pg_(temp|toast)' AND ARRAY(
        SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         ORDER BY a.attnum) = $1`,
    [columns],
  );
  const tables = rows.map(({ table }) => table);
  if (tables.length > 1)
    throw new ConfigurationError(
      `The database has several tables in which a tool could keep what it applied: ${tables.join(", ")}. Name the right one with \`version-table:\` of the project in headgate.yml.`,
    );
  return tables[0];
}
