import type pg from "pg";
import { ApplyError, ConfigurationError } from "../errors.ts";
import type { Project } from "../project.ts";
import { quoteIdentifier, unquotedName } from "../sql/quote-identifier.ts";
import { connectTarget } from "../target/connect-target.ts";
import type { Target } from "../target/target.ts";

/**
 * The project of one tenant, whose history has a schema of its own. The tool's process is told which in `HEADGATE_SCHEMA`;
 * Flyway has a variable of its own for that.
 */
export const tenantProject = (project: Project, schema: string): Project => ({
  ...project,
  schema,
  environment: { ...project.environment, HEADGATE_SCHEMA: schema, FLYWAY_DEFAULT_SCHEMA: schema },
});

/**
 * The target, every session of which begins in the tenant's schema: it comes first in the search path, before what the role
 * has there otherwise.
 * @throws ApplyError when there is no such schema
 */
export async function inSchema(target: Target, schema: string): Promise<Target> {
  const client = await connectTarget(target, "headgate");
  try {
    const { rows } = await client.query<{ path: string; found: boolean }>(
      `SELECT current_setting('search_path') AS path, EXISTS (SELECT FROM pg_namespace WHERE nspname = $1) AS found`,
      [schema],
    );
    if (!rows[0]?.found)
      throw new ApplyError(`The database has no schema ${schema}. Create it, owned by the role that migrates it.`);
    // Each as SQL writes it; a comma may be part of a quoted one.
    const before = rows[0].path.match(/"(?:[^"]|"")*"|[^\s,"]+/g) ?? [];
    const others = before.filter((name) => name !== '"$user"' && unquotedName(name) !== schema);
    const path = [quoteIdentifier(schema), ...others].join(",");
    // https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-CONNECT-OPTIONS
    const option = `-c search_path=${path.replaceAll(/[\\\s]/g, String.raw`\$&`)}`;
    return { ...target, options: [target.options, option].filter(Boolean).join(" ") };
  } finally {
    await client.end();
  }
}

/** The schemas of a database that a pattern names, with `*` for any text, in the order of their names. @throws ConfigurationError when there is none */
export async function schemasLike(client: pg.ClientBase, pattern: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT nspname AS name FROM pg_namespace
      WHERE nspname LIKE $1 AND nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'headgate', 'public')
      ORDER BY nspname COLLATE "C"`,
    [pattern.replaceAll(/[%_\\]/g, String.raw`\$&`).replaceAll("*", "%")],
  );
  if (rows.length > 0) return rows.map(({ name }) => name);
  throw new ConfigurationError(`No schema of the database is named like ${pattern}.`);
}
