import { hash } from "node:crypto";
import type { HistoryProblem } from "../../../history.ts";
import { type Layout, type VersionTable, wholeFile, oneSession } from "../layout.ts";
import { editedSince } from "../../version-record.ts";
import { compareText, ignoredFiles, linearHistory } from "../linear-history.ts";
import { baseName, parent } from "../place.ts";

const versionTable: VersionTable = {
  name: "_prisma_migrations",
  qualified: false,
  create: (table) => [
    `CREATE TABLE ${table} (id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, ` +
      "migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ, " +
      "started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)",
  ],
  query: (table) =>
    `SELECT migration_name, checksum, finished_at IS NOT NULL AS finished FROM ${table} WHERE rolled_back_at IS NULL ORDER BY started_at`,
  recorded: (rows, ordered, files) => {
    const checksums = new Map(
      rows
        .filter((row) => row["finished"] === true)
        .map((row) => [String(row["migration_name"]), String(row["checksum"])]),
    );
    const begun = rows.map((row) => String(row["migration_name"])).find((name) => !checksums.has(name));
    const edited = editedSince(checksums, ordered, files, (checksum, content) => hash("sha256", content) === checksum);
    return { applied: [...checksums.keys()], edited, ...(begun === undefined ? {} : { unfinished: begun }) };
  },
  before: (table, { revision, source }) => [
    {
      // One that was begun and not finished is begun once.
      sql:
        `INSERT INTO ${table} (id, checksum, migration_name) SELECT gen_random_uuid()::text, $1::text, $2::text ` +
        `WHERE NOT EXISTS (SELECT FROM ${table} WHERE migration_name = $2 AND finished_at IS NULL AND rolled_back_at IS NULL)`,
      values: [hash("sha256", source), revision.id],
    },
  ],
  after: (table, { revision }) => [
    {
      sql: `UPDATE ${table} SET applied_steps_count = applied_steps_count + 1, finished_at = now() WHERE migration_name = $1 AND finished_at IS NULL AND rolled_back_at IS NULL`,
      values: [revision.id],
    },
  ],
};

/** Prisma Migrate: `<timestamp>_name/migration.sql`, each sent whole, ordered by folder name. It has no way back. */
export const prisma: Layout = {
  name: "prisma",
  title: "Prisma Migrate",
  docsUrl: "https://www.prisma.io/docs/orm/prisma-migrate/understanding-prisma-migrate/migration-histories",
  outsideTransaction: "With Prisma, it has to be alone in its `migration.sql`, which is sent as one message.",
  versionTable,
  atOnce: oneSession("Prisma"),
  detect: ({ directory, folders, path, has, read }) => {
    if (!folders.some((folder) => has(path(`${folder}/migration.sql`)))) return undefined;
    const lock = path("migration_lock.toml");
    const provider = /^provider\s*=\s*"(\w+)"/m.exec(read(lock))?.[1];
    if (provider !== "postgresql") return undefined;
    return { directory: parent(parent(directory)), configFile: lock };
  },
  readHistory: (files, directories) => {
    const below = directories.flatMap((directory) => files.list(directory).map((path) => ({ directory, path })));
    const entries = below
      .filter(({ directory, path }) => baseName(path) === "migration.sql" && parent(parent(path)) === directory)
      .map(({ path }) => {
        const id = baseName(parent(path));
        return { id, title: id.replace(/^\d+_/, ""), file: path, downgrade: "unsupported" as const };
      });
    const folders = new Set(entries.map(({ file }) => parent(file)));
    const inFolders = Map.groupBy(
      below.filter(({ directory, path }) => parent(path) !== directory),
      ({ directory, path }) => path.slice(0, path.indexOf("/", directory === "." ? 0 : directory.length + 1)),
    );
    const empty = [...inFolders]
      .filter(([folder]) => !folders.has(folder))
      .map(([folder, inside]) => ({ folder, inside: inside.map(({ path }) => path) }));
    const told = new Set(empty.flatMap(({ inside }) => inside));
    const loose = below
      .map(({ path }) => path)
      .filter((path) => path.endsWith(".sql") && baseName(path) !== "migration.sql")
      .filter((path) => !folders.has(parent(path)) && !told.has(path));
    return linearHistory(
      entries.toSorted((a, b) => compareText(a.id, b.id)),
      [
        ...ignoredFiles(loose, "Prisma takes folders with a migration.sql only"),
        ...empty.map(({ folder, inside }): HistoryProblem => ({
          kind: "unreadable",
          message: `${folder} holds no migration.sql: prisma migrate deploy stops at it (P3015).`,
          files: inside,
          revisions: [],
          help: "Restore the file, or delete the folder.",
        })),
      ],
    );
  },
  scripts: (source, { file }, direction) => (direction === "up" ? wholeFile(source, file, false) : undefined),
};
