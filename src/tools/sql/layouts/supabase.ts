import { splitStatements } from "../../../sql/split-statements.ts";
import { idsIn } from "../../version-record.ts";
import type { Layout, VersionTable } from "../layout.ts";
import { compareText, ignoredFiles, linearHistory } from "../linear-history.ts";
import { baseName, filesIn, parent } from "../place.ts";

const fileName = /^([0-9]+)_(.*)\.sql$/;

const versionTable: VersionTable = {
  name: "supabase_migrations.schema_migrations",
  qualified: false,
  create: (table) => [
    "CREATE SCHEMA IF NOT EXISTS supabase_migrations",
    `CREATE TABLE IF NOT EXISTS ${table} (version text NOT NULL PRIMARY KEY)`,
    `ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS statements text[]`,
    `ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS name text`,
  ],
  query: (table) => `SELECT version FROM ${table}`,
  recorded: idsIn("version"),
  after: (table, { revision, scripts }) => [
    {
      sql: `INSERT INTO ${table} (version, name, statements) VALUES ($1, $2, $3)`,
      values: [revision.id, revision.title, scripts.flatMap(({ pieces }) => pieces.map(({ sql }) => sql.trim()))],
    },
  ],
};

/** Supabase: `supabase/migrations/<timestamp>_name.sql`, statement by statement in one transaction. It has no way back. */
export const supabase: Layout = {
  name: "supabase",
  title: "Supabase",
  docsUrl: "https://supabase.com/docs/guides/deployment/database-migrations",
  outsideTransaction: "With Supabase, leave it alone in its file: what is alone is sent outside a transaction.",
  versionTable,
  detect: ({ directory, names, has }) => {
    if (!/(^|\/)supabase\/migrations$/.test(directory) || !names.some((name) => fileName.test(name))) return undefined;
    const home = parent(directory);
    const config = `${home}/config.toml`;
    return { directory: parent(home), ...(has(config) ? { configFile: config } : {}) };
  },
  readHistory: (files, directories) => {
    const paths = directories.flatMap((directory) => filesIn(files, directory)).filter((path) => path.endsWith(".sql"));
    const entries = paths.flatMap((file) => {
      const match = fileName.exec(baseName(file));
      if (!match || isOldInit(file, paths)) return [];
      const [, id = "", title = ""] = match;
      return [{ id, title, file, downgrade: "unsupported" as const }];
    });
    const unnamed = paths.filter((path) => !fileName.test(baseName(path)));
    return linearHistory(
      entries.toSorted((a, b) => compareText(baseName(a.file), baseName(b.file))),
      [
        ...ignoredFiles(unnamed, "Supabase takes <timestamp>_name.sql only"),
        ...ignoredFiles(
          paths.filter((path) => isOldInit(path, paths)),
          "Supabase passes over a first migration named init that is older than 2021-12-09",
        ),
      ],
    );
  },
  scripts: (source, { file }, direction) => {
    if (direction === "down") return undefined;
    const pieces = splitStatements(source.text(file)).map(({ sql, line }) => ({ sql: sql.trimStart(), line }));
    // The statements go out as one pipeline, which PostgreSQL takes for a transaction from its second statement on:
    // a statement that may not run in one can run alone.
    return [{ file, transaction: pieces.length > 1, pieces }];
  },
};

function isOldInit(path: string, paths: readonly string[]): boolean {
  const [, timestamp] = /^([0-9]{14})_init\.sql$/.exec(baseName(path)) ?? [];
  return path === paths[0] && timestamp !== undefined && BigInt(timestamp) < 20211209000000n;
}
