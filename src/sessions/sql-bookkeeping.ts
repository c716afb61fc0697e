import type { Client, QueryResult } from "pg";
import type { Revision } from "../history.ts";
import { quoteIdentifier } from "../sql/quote-identifier.ts";
import type { Bookkeeping, Layout } from "../tools/sql/layout.ts";
import { bookkeepingFailure, StepError } from "./sql-failure.ts";

/** Sends a statement of the tool's own. @throws StepError when PostgreSQL refuses it, or the connection ends */
export async function send(on: Client, { id, file }: Revision, sql: string, values: readonly unknown[] = []) {
  return on.query(sql, [...values]).catch((error: unknown) => {
    throw new StepError(bookkeepingFailure(id, file, sql, error));
  });
}

/** Sends what the tool keeps of a step: all of it or nothing. @throws StepError when PostgreSQL refuses it */
export async function record(on: Client, revision: Revision, statements: readonly Bookkeeping[] = []) {
  const alone = statements.length > 1 && on.getTransactionStatus() === "I";
  if (alone) await send(on, revision, "BEGIN");
  for (const { sql, values } of statements) await send(on, revision, sql, values);
  if (alone) await send(on, revision, "COMMIT");
}

/**
 * The name of the layout's version table, for SQL; created when it is not there. Empty where there is none.
 * @param looksIn called with the schema that the tool looks for it in, where that is the first one of `search_path`
 */
export async function versionTable(
  layout: Layout,
  send: (sql: string, values?: readonly unknown[]) => Promise<QueryResult>,
  looksIn: (schema: string) => void,
): Promise<string> {
  if (!layout.versionTable) return "";
  const { name, qualified, create } = layout.versionTable;
  const { rows } = await send(
    "SELECT pg_catalog.current_schema() AS schema, pg_catalog.to_regclass($1) IS NOT NULL AS exists",
    [name],
  );
  const [found] = rows as readonly { readonly schema: string | null; readonly exists: boolean }[];
  if (found?.schema != null && !name.includes(".")) looksIn(found.schema);
  const table = qualified ? `${quoteIdentifier(found?.schema ?? "public")}.${quoteIdentifier(name)}` : name;
  if (!found?.exists) for (const statement of create(table)) await send(statement);
  return table;
}
