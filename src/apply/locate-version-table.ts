import { schemaOf } from "../catalog/names.ts";
import type { WorkDatabase } from "../engines/work-database.ts";
import { ConfigurationError } from "../errors.ts";
import { unquotedName } from "../sql/quote-identifier.ts";

/**
 * The table that the tool has made to keep what it applied, as SQL writes it: in which schema it does not tell. Absent where
 * it has none.
 * @param schema a tenant's, in which it has to be
 * @throws ConfigurationError when there is not one, or tenants would share it
 */
export async function locateVersionTable(
  database: WorkDatabase,
  names: readonly string[],
  schema: string | undefined,
): Promise<string | undefined> {
  if (names.length === 0) return undefined;
  const { rows } = await database.withClient((client) =>
    client.query<{ name: string }>(
      `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relname = ANY ($1) AND c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_'`,
      [names],
    ),
  );
  const [only, another] = rows;
  if (only === undefined || another !== undefined)
    throw new ConfigurationError(
      `It is not clear in which table the tool keeps what it applied: there ${rows.length === 0 ? "is none" : "are several"} named ${names.join(", ")}. Keep one history a project.`,
    );
  if (schema !== undefined && unquotedName(schemaOf(only.name) ?? "") !== schema)
    throw new ConfigurationError(
      `The tool keeps what it applied in ${only.name}, which the tenants would share. Have it keep that in the schema that HEADGATE_SCHEMA names, as without a schema of its own.`,
    );
  return only.name;
}
