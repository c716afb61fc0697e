import type pg from "pg";
import { withoutLeadingComments } from "../sql/scan-statements.ts";

/** Which tables there are, by PostgreSQL's own numbers, and how many columns each has had so far, dropped ones included. */
export interface TableNumbers {
  readonly tables: readonly string[];
  readonly columns: readonly number[];
}

/** The tables of the database as they are now. */
export async function readTableNumbers(client: pg.Client): Promise<TableNumbers> {
  const { rows } = await client.query<TableNumbers>(
    `select coalesce(array_agg(oid::text order by oid), '{}') as tables, coalesce(array_agg(relnatts::int order by oid), '{}') as columns
       from pg_class where relkind in ('r', 'p') and oid >= 16384`,
  );
  return rows[0] ?? { tables: [], columns: [] };
}

/** Whether a statement may bring rows over from somewhere else; the records of Alembic and Flyway are kept in this way, too. */
export const mayCopyRows = (sql: string): boolean =>
  /^(?:do|call)\b|\binsert\s+into\b[^]*\bselect\b|\bcreate\s+(?:unlogged\s+)?table\b[^]*\bas\s|\bupdate\s|\bmerge\s/i.test(
    withoutLeadingComments(sql),
  ) && !/\balembic_version\b|\bflyway_schema_history\b/.test(sql);

/**
 * Whether what these statements took out of the catalog has another name now: they rename, and drop nothing that holds rows.
 * What code drops is not seen.
 */
export function onlyRename(statements: readonly string[]): boolean {
  const texts = statements.map(withoutLeadingComments);
  return texts.some((sql) => renames.test(sql)) && !texts.some((sql) => dropsRows.test(sql));
}

const renames = /^alter\s[^]*\b(?:rename\s|set\s+schema\s)/i;

const dropsRows =
  /^(?:do|call)\b|\bdrop\s+(?!(?:constraint|index|trigger|rule|policy|view|function|procedure|default|not\s+null|identity|expression)\b)/i;

/**
 * Tables, and columns of tables that were there, which were made since: as the catalog names them, `table public.boats`. One
 * that was there before under its name, and is there now, holds nothing of what it held; one that is computed from others holds nothing of its own.
 */
export async function madeSince(client: pg.Client, { tables, columns }: TableNumbers): Promise<readonly string[]> {
  const { rows } = await client.query<{ made: string }>(
    `with earlier as (select * from unnest($1::oid[], $2::int[]) as e (number, columns)),
          present as (select c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name
                        from pg_class c join pg_namespace n on n.oid = c.relnamespace
                       where c.relkind in ('r', 'p') and c.oid >= 16384 and c.relpersistence <> 't')
     select 'table ' || name as made from present where oid not in (select number from earlier)
     union all
     select 'column ' || name || '.' || quote_ident(a.attname)
       from present join earlier on number = oid join pg_attribute a on a.attrelid = oid
      where a.attnum > columns and not a.attisdropped and a.attgenerated = ''
     order by 1`,
    [tables, columns],
  );
  return rows.map(({ made }) => made);
}
