import type { StepFailure } from "../sessions/session.ts";

/** Undefined column, function, table, object (a role or type) and schema: https://www.postgresql.org/docs/18/errcodes-appendix.html */
const missing = new Set(["42703", "42883", "42P01", "42704", "3F000"]);

/**
 * What to do when an upgrade fails because something is not there that a database in production may well have: made by a
 * platform, by hand, or by the application before its first migration. `undefined` for any other failure.
 */
export function prerequisiteHelp({ sqlState, message, statement = "", file = "" }: StepFailure): string | undefined {
  const extension = /extension "([^"]+)" is not available|extension control file ".*\/([^/"]+)\.control"/.exec(message);
  if (extension)
    return `Check against a server that has the extension: name a container image with it as \`image:\` in headgate.yml, or a disposable database with --database-url.`;
  if (!missing.has(sqlState ?? "")) return undefined;
  const type = /^type "(\w+)" does not exist/.exec(message)?.[1];
  // Unlike `op.create_table`, `op.add_column` and `op.alter_column` do not create the type of an Enum.
  const ofEnum =
    type !== undefined && file.endsWith(".py") && /^\s*alter\s+table\b/i.test(statement)
      ? `If it is an Enum of the project, create its type before the column: \`sa.Enum(…, name="${type}").create(op.get_bind())\`. `
      : "";
  return (
    `${ofEnum}If production has it from somewhere else (a platform, another tool, a migration that is a program, create_all()), let it be made here too: with SQL files ` +
    "under `prelude:` of the project in headgate.yml, or, where the history begins on a schema that already exists, with that " +
    "schema under `start:` (`dump:`, a file that pg_dump --schema-only writes, and `revision:`, the last revision it includes). " +
    "Where the files belong to a history that lies in several directories, name them all under `migrations:` of one project. " +
    "Otherwise correct the upgrade."
  );
}
