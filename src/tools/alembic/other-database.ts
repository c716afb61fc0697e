import { posix } from "node:path";
import type { AlembicConfiguration } from "./configuration.ts";

/** Databases that are certainly not PostgreSQL, by how URLs and files are named after them. */
const others: readonly (readonly [RegExp, string])[] = [
  [/mysql/i, "MySQL"],
  [/mariadb/i, "MariaDB"],
  [/oracle/i, "Oracle"],
  [/sqlite/i, "SQLite"],
  [/mssql|sqlserver/i, "SQL Server"],
];

/**
 * Why a configuration is not for PostgreSQL: it names another database, and one beside it sets up the same migrations for
 * PostgreSQL. A URL alone tells nothing: many an `env.py` takes it from somewhere else.
 */
export function whyOtherDatabase(
  configuration: AlembicConfiguration,
  all: readonly AlembicConfiguration[],
): string | undefined {
  const title = others.find(([pattern]) => pattern.test(nameOf(configuration)))?.[1];
  if (title === undefined) return undefined;
  const sibling = all.find(
    (other) => other.scriptLocation === configuration.scriptLocation && /postgres/i.test(nameOf(other)),
  );
  return (
    sibling &&
    `${configuration.configFile} is for ${title}; ${sibling.configFile} has the same migrations for PostgreSQL`
  );
}

const nameOf = ({ dialect, configFile, section }: AlembicConfiguration): string =>
  dialect ?? section ?? posix.basename(configFile);
