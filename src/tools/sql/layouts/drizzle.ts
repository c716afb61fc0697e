import { hash } from "node:crypto";
import type { HistoryProblem, Revision } from "../../../history.ts";
import { upTo } from "../../version-record.ts";
import type { Layout, VersionTable } from "../layout.ts";
import { ignoredFiles, linearHistory } from "../linear-history.ts";
import { filesIn, join, parent } from "../place.ts";

const journalPath = "meta/_journal.json";
const breakpoint = "--> statement-breakpoint";

interface JournalEntry {
  readonly tag: string;
  /** Milliseconds since 1970: what Drizzle compares with the newest row of its table. */
  readonly when: number;
}

const versionTable: VersionTable = {
  name: "drizzle.__drizzle_migrations",
  positional: true,
  qualified: false,
  create: (table) => [
    "CREATE SCHEMA IF NOT EXISTS drizzle",
    `CREATE TABLE IF NOT EXISTS ${table} (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint)`,
  ],
  query: (table) => `SELECT max(created_at)::text AS newest FROM ${table}`,
  // Drizzle compares the time of the newest row, and nothing else.
  recorded: ([row], ordered, files) => {
    const newest = Number(row?.["newest"] ?? Number.NEGATIVE_INFINITY);
    const whenOf = ({ id, file }: Revision) =>
      readJournal(files.text(join(parent(file), journalPath)))?.find(({ tag }) => tag === id)?.when;
    return { applied: upTo(ordered, (revision) => (whenOf(revision) ?? Number.POSITIVE_INFINITY) <= newest) };
  },
  after: (table, { revision, source, files }) => {
    const journal = readJournal(files.text(join(parent(revision.file), journalPath)));
    const when = journal?.find(({ tag }) => tag === revision.id)?.when;
    const text = new TextDecoder().decode(source).replaceAll("\r\n", "\n");
    return [{ sql: `INSERT INTO ${table} (hash, created_at) VALUES ($1, $2)`, values: [hash("sha256", text), when] }];
  },
};

/** Drizzle: `0000_name.sql` files in the order of `meta/_journal.json`, cut at breakpoints, in one transaction. No way back. */
export const drizzle: Layout = {
  name: "drizzle",
  title: "Drizzle",
  docsUrl: "https://orm.drizzle.team/docs/migrations",
  outsideTransaction:
    "Drizzle applies all that is pending in one transaction, without exception: run it by hand before the migration, and let that say it once more, with IF NOT EXISTS or IF EXISTS and without CONCURRENTLY.",
  versionTable,
  atOnce: () => ({
    manner: "in one transaction, as Drizzle does it",
    remedy: "write them so that one transaction holds them",
    inTransaction: () => true,
  }),
  detect: ({ directory, path, read, findUp }) => {
    const dialect = /"dialect"\s*:\s*"(\w+)"/.exec(read(path(journalPath)))?.[1];
    if (dialect !== "postgresql" && dialect !== "pg") return undefined;
    const configuration = findUp("drizzle.config.ts", "drizzle.config.js", "drizzle.config.mjs", "drizzle.config.json");
    return configuration === undefined
      ? { directory: parent(directory) }
      : { directory: parent(configuration), configFile: configuration };
  },
  readHistory: (files, directories) => {
    const problems: HistoryProblem[] = [];
    const entries = directories.flatMap((directory) => {
      const journal = join(directory, journalPath);
      const read = readJournal(files.exists(journal) ? files.text(journal) : "");
      if (!read) {
        const message = `${journal} is missing or is no journal of Drizzle's; it says which migrations run, and in which order.`;
        problems.push({ kind: "unreadable", message, files: [journal], revisions: [] });
        return [];
      }
      let newest = Number.NEGATIVE_INFINITY;
      return read.flatMap(({ tag, when }) => {
        const file = join(directory, `${tag}.sql`);
        if (!files.exists(file)) {
          const message = `${journal} names ${tag}, but ${file} does not exist.`;
          problems.push({ kind: "unreadable", message, files: [journal], revisions: [tag] });
          return [];
        }
        if (when <= newest) {
          const message = `${tag} has an earlier time in ${journal} than an entry before it. A database that has that one never gets ${tag}.`;
          problems.push({ kind: "skipped", message, files: [journal, file], revisions: [tag] });
        }
        newest = Math.max(newest, when);
        const title = tag.replace(/^\d+_/, "");
        return [{ id: tag, title, file, downgrade: "unsupported" as const, recordedAs: String(when) }];
      });
    });
    const known = new Set(entries.map(({ file }) => file));
    const others = directories
      .flatMap((directory) => filesIn(files, directory))
      .filter((path) => path.endsWith(".sql") && !known.has(path));
    return linearHistory(entries, [...problems, ...ignoredFiles(others, `${journalPath} does not name it`)]);
  },
  scripts: (source, { file }, direction) => {
    if (direction === "down") return undefined;
    const text = source.text(file).replaceAll("\r\n", "\n");
    let line = 1;
    const pieces = text.split(breakpoint).map((sql) => {
      const piece = { sql, line };
      line += sql.split("\n").length - 1;
      return piece;
    });
    return [{ file, transaction: true, pieces }];
  },
};

function readJournal(text: string): readonly JournalEntry[] | undefined {
  try {
    const { entries } = JSON.parse(text) as { entries?: unknown };
    const valid =
      Array.isArray(entries) &&
      entries.every(
        (entry) => typeof entry?.tag === "string" && !entry.tag.includes("..") && typeof entry?.when === "number",
      );
    return valid ? (entries as JournalEntry[]) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
