import { nothing, upTo } from "../../version-record.ts";
import { type Layout, type VersionTable, wholeFile, oneSession } from "../layout.ts";
import { compareNumbers, ignoredFiles, linearHistory } from "../linear-history.ts";
import { baseName, filesIn } from "../place.ts";
import { type PairMember, pairEntries } from "../version-pairs.ts";

const fileName = /^(\d+)_(.*)\.(up|down)\.sql$/;

// One row: the version that is current, and whether a migration is under way or failed on the way to it.
const setVersion = (table: string, version: string | undefined, dirty: boolean) => {
  const insert = {
    sql: `INSERT INTO ${table} (version, dirty) VALUES ($1, $2)`,
    values: [version ?? nothing, dirty],
  };
  return [{ sql: `TRUNCATE ${table}`, values: [] }, ...(version === undefined && !dirty ? [] : [insert])];
};

const versionTable: VersionTable = {
  name: "schema_migrations",
  positional: true,
  qualified: true,
  create: (table) => [
    `CREATE TABLE IF NOT EXISTS ${table} (version bigint not null primary key, dirty boolean not null)`,
  ],
  query: (table) => `SELECT version::text AS version, dirty FROM ${table} LIMIT 1`,
  recorded: ([row], ordered) => {
    if (row === undefined) return { applied: [] };
    if (row["version"] === nothing) return { applied: [], ...(row["dirty"] ? { unfinished: nothing } : {}) };
    const version = String(row["version"]);
    const reached = upTo(ordered, ({ id }) => BigInt(id) <= BigInt(version));
    const applied = reached.includes(version) ? reached : [...reached, version];
    return row["dirty"] ? { applied: applied.filter((id) => id !== version), unfinished: version } : { applied };
  },
  before: (table, { revision, direction, previous }) =>
    setVersion(table, direction === "up" ? revision.id : previous, true),
  after: (table, { revision, direction, previous }) =>
    setVersion(table, direction === "up" ? revision.id : previous, false),
};

/** golang-migrate: `12_name.up.sql` and `12_name.down.sql`, each file sent whole, ordered by number. */
export const golangMigrate: Layout = {
  name: "golang-migrate",
  title: "golang-migrate",
  docsUrl: "https://github.com/golang-migrate/migrate/blob/master/MIGRATIONS.md",
  outsideTransaction:
    "With golang-migrate, leave it alone in its file, which is sent as one message; with `x-multi-statement=true` in the database URL every statement is sent by itself.",
  versionTable,
  atOnce: oneSession("golang-migrate"),
  detect: ({ names }) => (names.some((name) => fileName.test(name) && name.endsWith(".up.sql")) ? {} : undefined),
  readHistory: (files, directories) => {
    const paths = directories.flatMap((directory) => filesIn(files, directory)).filter((path) => path.endsWith(".sql"));
    const members = paths.flatMap((path): PairMember[] => {
      const match = fileName.exec(baseName(path));
      if (!match) return [];
      const [, version = "", title = "", direction] = match;
      return [{ id: String(BigInt(version)), title, direction: direction as "up" | "down", file: path }];
    });
    const others = paths.filter((path) => !fileName.test(baseName(path)));
    return linearHistory(
      pairEntries(files, members, compareNumbers),
      ignoredFiles(others, "golang-migrate takes VERSION_NAME.up.sql and VERSION_NAME.down.sql only"),
    );
  },
  // A version that lacks the file for a direction is stepped over: golang-migrate moves the version and runs nothing.
  scripts: (source, { file, downFile }, direction) => {
    const wanted = direction === "up" ? file : downFile;
    return wanted?.endsWith(`.${direction}.sql`) ? wholeFile(source, wanted, false) : [];
  },
};
