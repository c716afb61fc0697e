import { withoutLeadingComments } from "../../../sql/scan-statements.ts";
import { splitStatements } from "../../../sql/split-statements.ts";
import { askedRange } from "../../package-file.ts";
import { idsIn } from "../../version-record.ts";
import type { Layout, Piece, VersionTable } from "../layout.ts";
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
      values: [revision.id, revision.title, scripts.flatMap(({ pieces }) => pieces.flatMap(statementsOf))],
    },
  ],
};

const statementsOf = ({ sql }: Piece): readonly string[] =>
  splitStatements(sql).map((statement) => statement.sql.trim());

/** What the CLI sends apart from the rest of its file, where there is a rest, and the version that began to. */
const apart = [
  {
    statement:
      /^(?:create\s+(?:unique\s+)?index\s+concurrently|reindex\b.*\sconcurrently|vacuum|alter\s+system|cluster)\b/is,
    since: 109,
  },
  { statement: /^drop\s+index\s+concurrently\b/i, since: 116 },
];

/**
 * Supabase: `supabase/migrations/<timestamp>_name.sql`, statement by statement in one transaction, but for what cannot run in
 * one: that is sent apart, and what stands before and after it in transactions of their own. It has no way back.
 */
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
    const statements = located(source.text(file));
    const since = Math.max(...statements.map((piece) => apartSince(piece) ?? 0));
    // A pipeline is a transaction for PostgreSQL from its second statement on: one that may not run in one can run alone.
    if (statements.length < 2 || since === 0) return [{ file, transaction: statements.length > 1, pieces: statements }];
    const isKnown = isAtLeast(askedRange(source.files, parent(file), "supabase"), since);
    const apartFrom = isKnown ? {} : { apartSince: `Supabase CLI 2.${since}` };
    return [{ file, transaction: false, ...apartFrom, pieces: messages(statements) }];
  },
};

/** Whether every version in a range sends it apart. What lists several ranges, or ends one, may mean an older one too. */
function isAtLeast(range: string | undefined, since: number): boolean {
  const [, major, minor = "0"] = /^(?:[\^~=v]|>=)?\s*(\d+)(?:\.(\d+))?[^|\s<]*$/.exec(range ?? "") ?? [];
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= since);
}

function isOldInit(path: string, paths: readonly string[]): boolean {
  const [, timestamp] = /^([0-9]{14})_init\.sql$/.exec(baseName(path)) ?? [];
  return path === paths[0] && timestamp !== undefined && BigInt(timestamp) < 20211209000000n;
}

/** The statements of a file, each with the comments before it, and the line where these begin. */
function located(text: string): readonly Piece[] {
  let line = 1;
  return splitStatements(text).map(({ sql }) => {
    const begun = sql.trimStart();
    const piece = { sql: begun, line: line + lineEndsIn(sql.slice(0, sql.length - begun.length)) };
    line += lineEndsIn(sql);
    return piece;
  });
}

const lineEndsIn = (text: string): number => text.split(/\r\n|\n|\r/).length - 1;

const apartSince = ({ sql }: Piece): number | undefined => {
  const bare = withoutLeadingComments(sql);
  return apart.find(({ statement }) => statement.test(bare))?.since;
};

/** What is sent together is one message. */
function messages(statements: readonly Piece[]): readonly Piece[] {
  const sent: Piece[] = [];
  let isOpen = false;
  for (const piece of statements) {
    const last = sent.at(-1);
    const isApart = apartSince(piece) !== undefined;
    if (last && isOpen && !isApart) sent[sent.length - 1] = joined(last, piece);
    else sent.push(piece);
    isOpen = !isApart;
  }
  return sent;
}

/** Both in one message, so far apart that lines keep their number. */
const joined = (first: Piece, next: Piece): Piece => ({
  ...first,
  sql: first.sql + "\n".repeat(Math.max(0, next.line - first.line - lineEndsIn(first.sql))) + next.sql,
});
