import { hash } from "node:crypto";
import { type Layout, type VersionTable, wholeFile, oneSession } from "../layout.ts";
import { compareNumbers, ignoredFiles, linearHistory } from "../linear-history.ts";
import { baseName, filesIn, parent } from "../place.ts";
import { editedSince } from "../../version-record.ts";
import { type PairMember, pairEntries } from "../version-pairs.ts";
import type { HistoryProblem } from "../../../history.ts";

const fileName = /^(\d+)_(.*?)(?:\.(up|down))?\.sql$/;
const manifests = ["sqlx.toml", ".sqlx", "Cargo.toml"];

const versionTable: VersionTable = {
  name: "_sqlx_migrations",
  qualified: false,
  create: (table) => [
    `CREATE TABLE IF NOT EXISTS ${table} (version BIGINT PRIMARY KEY, description TEXT NOT NULL, ` +
      "installed_on TIMESTAMPTZ NOT NULL DEFAULT now(), success BOOLEAN NOT NULL, checksum BYTEA NOT NULL, " +
      "execution_time BIGINT NOT NULL)",
  ],
  query: (table) => `SELECT version::text AS version, success, checksum FROM ${table} ORDER BY version`,
  recorded: (rows, ordered, files) => {
    const checksums = new Map(rows.map((row) => [String(row["version"]), row["checksum"] as Uint8Array]));
    const failed = rows.find((row) => row["success"] !== true);
    return {
      applied: rows.filter((row) => row["success"] === true).map((row) => String(row["version"])),
      edited: editedSince(checksums, ordered, files, (checksum, content) => sha384(content).equals(checksum)),
      ...(failed === undefined ? {} : { unfinished: String(failed["version"]) }),
    };
  },
  after: (table, { revision, direction, source }) => [
    direction === "down"
      ? { sql: `DELETE FROM ${table} WHERE version = $1`, values: [revision.id] }
      : {
          sql: `INSERT INTO ${table} (version, description, success, checksum, execution_time) VALUES ($1, $2, TRUE, $3, -1)`,
          values: [revision.id, revision.title?.replaceAll("_", " "), sha384(source)],
        },
  ],
};

const sha384 = (content: Uint8Array): Buffer => hash("sha384", content, "buffer");

/** sqlx: `<version>_name.sql`, or pairs of `.up.sql` and `.down.sql`; one transaction each, unless the file opts out. */
export const sqlx: Layout = {
  name: "sqlx",
  title: "sqlx",
  docsUrl: "https://docs.rs/sqlx/latest/sqlx/macro.migrate.html",
  outsideTransaction:
    "With sqlx, its file has to begin with `-- no-transaction` and hold nothing else: it is sent as one message.",
  versionTable,
  atOnce: oneSession("sqlx"),
  detect: ({ names, findUp, read }) => {
    if (!names.some((name) => fileName.test(name))) return undefined;
    const manifest = findUp(...manifests);
    const isSqlx = manifest !== undefined && (!manifest.endsWith("Cargo.toml") || /\bsqlx\b/.test(read(manifest)));
    return isSqlx ? { directory: parent(manifest) } : undefined;
  },
  readHistory: (files, directories) => {
    const paths = directories.flatMap((directory) => filesIn(files, directory)).filter((path) => path.endsWith(".sql"));
    const problems: HistoryProblem[] = [];
    const members: PairMember[] = [];
    const simple = new Set<string>();
    for (const path of paths) {
      const match = fileName.exec(baseName(path));
      if (match) {
        const [, version = "", title = "", direction] = match;
        const member = { id: String(BigInt(version)), title, file: path };
        members.push({ ...member, direction: (direction ?? "up") as "up" | "down" });
        if (direction === undefined) simple.add(path);
      } else if (baseName(path).includes("_"))
        problems.push({
          kind: "other",
          message: `sqlx refuses the whole directory because of ${path}: what is before the first _ must be a whole number.`,
          files: [path],
          revisions: [],
        });
      else problems.push(...ignoredFiles([path], "sqlx takes VERSION_DESCRIPTION.sql only"));
    }
    // sqlx would never run a file that only leads back.
    const entries = pairEntries(files, members, compareNumbers).filter(({ file }) => !file.endsWith(".down.sql"));
    return linearHistory(
      entries.map((entry) => (simple.has(entry.file) ? { ...entry, downgrade: "unsupported" as const } : entry)),
      problems,
    );
  },
  scripts: (source, { file, downFile }, direction) => {
    const wanted = direction === "up" ? file : downFile;
    if (wanted === undefined) return undefined;
    return wholeFile(source, wanted, !source.text(wanted).startsWith("-- no-transaction"));
  },
};
