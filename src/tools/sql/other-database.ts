const name =
  /(^|[/_-])(mysql|mariadb|sqlite3?|mssql|sqlserver|oracle|clickhouse|cassandra|cockroach(db)?|spanner|mongo(db)?|duckdb|snowflake|bigquery|h2|db2)([/_-]|$)/i;

/** Whether a directory is named after another database: a project may keep its migrations for several side by side. */
export const isOtherDatabase = (directory: string): boolean => name.test(directory);
