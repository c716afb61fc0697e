import { idsIn } from "../../version-record.ts";
import { type Layout, ScriptError, type Source, type VersionTable, wholeFile, oneSession } from "../layout.ts";
import { compareText, downgradeOf, ignoredFiles, linearHistory } from "../linear-history.ts";
import { baseName, filesIn, join, parent } from "../place.ts";

const versionTable: VersionTable = {
  name: "__diesel_schema_migrations",
  // Diesel puts the search path back before it writes the row.
  qualified: true,
  create: (table) => [
    `CREATE TABLE IF NOT EXISTS ${table} (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)`,
  ],
  query: (table) => `SELECT version FROM ${table}`,
  recorded: idsIn("version"),
  after: (table, { revision, direction }) => [
    {
      sql:
        direction === "up" ? `INSERT INTO ${table} (version) VALUES ($1)` : `DELETE FROM ${table} WHERE version = $1`,
      values: [revision.id],
    },
  ],
};

/** Diesel: a folder for each migration with `up.sql` and `down.sql`; the version is what precedes the first `_`, without dashes. */
export const diesel: Layout = {
  name: "diesel",
  title: "Diesel",
  docsUrl: "https://docs.rs/diesel_migrations/latest/diesel_migrations/struct.FileBasedMigrations.html",
  outsideTransaction:
    "With Diesel, put a `metadata.toml` that says `run_in_transaction = false` beside its file, and write nothing else there: a file is sent as one message.",
  versionTable,
  atOnce: oneSession("Diesel"),
  detect: ({ folders, path, has, findUp, read }) => {
    if (!folders.some((folder) => /^\d/.test(folder) && has(path(`${folder}/up.sql`)))) return undefined;
    const manifest = findUp("diesel.toml", "Cargo.toml");
    if (manifest === undefined) return {};
    const owner = { directory: parent(manifest) };
    if (manifest.endsWith("diesel.toml")) return { ...owner, configFile: manifest };
    return /\bdiesel\b/.test(read(manifest)) ? owner : {};
  },
  readHistory: (files, directories) => {
    const below = directories.flatMap((directory) => files.list(directory).map((path) => ({ directory, path })));
    const entries = below
      .filter(({ directory, path }) => baseName(path) === "up.sql" && parent(parent(path)) === directory)
      .filter(({ path }) => !baseName(parent(path)).startsWith("."))
      .map(({ path }) => {
        const name = baseName(parent(path));
        const downFile = join(parent(path), "down.sql");
        const down = files.exists(downFile) ? downFile : undefined;
        return {
          id: (name.split("_")[0] ?? "").replaceAll("-", ""),
          title: name.split("_").slice(1).join("_"),
          file: path,
          downgrade: downgradeOf(files, down),
          ...(down === undefined ? {} : { downFile: down }),
        };
      });
    const loose = directories.flatMap((directory) => filesIn(files, directory)).filter((path) => path.endsWith(".sql"));
    return linearHistory(
      entries.toSorted((a, b) => compareText(a.id, b.id)),
      ignoredFiles(loose, "Diesel takes folders with an up.sql only"),
    );
  },
  scripts: (source, { file, downFile }, direction) => {
    const wanted = direction === "up" ? file : downFile;
    if (wanted === undefined) return undefined;
    if (source.text(wanted) === "") throw new ScriptError(`Diesel refuses ${wanted} because it is empty.`, wanted);
    return wholeFile(source, wanted, runsInTransaction(source, join(parent(file), "metadata.toml")));
  },
};

/** Diesel's default is a transaction; a `metadata.toml` that does not mention it turns it off. */
function runsInTransaction({ files }: Source, metadata: string): boolean {
  if (!files.exists(metadata)) return true;
  return /^[ \t]*run_in_transaction[ \t]*=[ \t]*(true|false)/m.exec(files.text(metadata))?.[1] === "true";
}
