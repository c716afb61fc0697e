import { hasStatement } from "../../../sql/scan-statements.ts";
import { type Layout, type VersionTable, oneSession } from "../layout.ts";
import { compareNumbers, compareText, linearHistory, withWayBack } from "../linear-history.ts";
import { baseName, filesIn } from "../place.ts";
import { sqlMigrateStatements } from "../sql-migrate-statements.ts";
import { idsIn } from "../../version-record.ts";

const versionTable: VersionTable = {
  name: "gorp_migrations",
  qualified: false,
  create: (table) => [
    `create table if not exists ${table} ("id" text not null primary key, "applied_at" timestamp with time zone)`,
  ],
  query: (table) => `SELECT id FROM ${table}`,
  recorded: idsIn("id"),
  after: (table, { revision, direction }) => [
    direction === "up"
      ? { sql: `insert into ${table} ("id", "applied_at") values ($1, now())`, values: [revision.id] }
      : { sql: `delete from ${table} where "id" = $1`, values: [revision.id] },
  ],
};

/** sql-migrate: `-- +migrate Up` and `-- +migrate Down` in one file, sent statement by statement; ids are file names. */
export const sqlMigrate: Layout = {
  name: "sql-migrate",
  title: "sql-migrate",
  docsUrl: "https://github.com/rubenv/sql-migrate#writing-migrations",
  outsideTransaction:
    "With sql-migrate, write `-- +migrate Up notransaction` (or `-- +migrate Down notransaction`) above that part of the file.",
  versionTable,
  atOnce: oneSession("sql-migrate"),
  detect: ({ names, path, read }) => {
    const first = names.find((name) => name.endsWith(".sql"));
    return first !== undefined && /^-- \+migrate (?:Up|Down)\b/m.test(read(path(first))) ? {} : undefined;
  },
  readHistory: (files, directories) => {
    const paths = directories.flatMap((directory) => filesIn(files, directory)).filter((path) => path.endsWith(".sql"));
    const read = paths
      .toSorted((a, b) => inOrder(baseName(a), baseName(b)))
      .map((file) =>
        withWayBack({ id: baseName(file), title: titleOf(file), file }, () =>
          sqlMigrateStatements(files.text(file), file, "down").pieces.some(({ sql }) => hasStatement(sql)),
        ),
      );
    return linearHistory(
      read.map(({ entry }) => entry),
      read.flatMap(({ problems }) => problems),
    );
  },
  scripts: ({ text }, { file }, direction) => [{ file, ...sqlMigrateStatements(text(file), file, direction) }],
};

const numberOf = (name: string): string | undefined => /^\d+/.exec(name)?.[0];

/** Names that begin with a number come first, by that number; the others by their text. */
function inOrder(a: string, b: string): number {
  const [first, second] = [numberOf(a), numberOf(b)];
  if (first !== undefined && second !== undefined) return compareNumbers(first, second) || compareText(a, b);
  if (first !== undefined) return -1;
  return second === undefined ? compareText(a, b) : 1;
}

const titleOf = (file: string): string =>
  baseName(file)
    .replace(/^\d+[-_]?/, "")
    .replace(/\.sql$/, "");
