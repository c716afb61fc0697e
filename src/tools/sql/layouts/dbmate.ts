import { hasStatement } from "../../../sql/scan-statements.ts";
import { type Layout, type Piece, ScriptError, type VersionTable, oneSession } from "../layout.ts";
import { idsIn } from "../../version-record.ts";
import { compareText, ignoredFiles, linearHistory, withWayBack } from "../linear-history.ts";
import { baseName, filesIn, parent } from "../place.ts";

const fileName = /^(\d+).*\.sql$/;
const marker = /^--\s*migrate:(up|down)(?:[ \t]+(\S.*))?\s*$/;

const versionTable: VersionTable = {
  name: "schema_migrations",
  qualified: true,
  create: (table) => [`create table if not exists ${table} (version varchar primary key)`],
  query: (table) => `SELECT version FROM ${table}`,
  recorded: idsIn("version"),
  after: (table, { revision, direction }) => [
    {
      sql:
        direction === "up" ? `insert into ${table} (version) values ($1)` : `delete from ${table} where version = $1`,
      values: [revision.id],
    },
  ],
};

/** dbmate: `-- migrate:up` and `-- migrate:down` in one file, each part sent whole; ordered by file name. */
export const dbmate: Layout = {
  name: "dbmate",
  title: "dbmate",
  docsUrl: "https://github.com/amacneil/dbmate#writing-migrations",
  outsideTransaction:
    "With dbmate, write `-- migrate:up transaction:false` (or `-- migrate:down transaction:false`) above it, and nothing else in that part of the file.",
  versionTable,
  atOnce: oneSession("dbmate"),
  detect: ({ directory, names, path, read }) => {
    const first = names.find((name) => fileName.test(name));
    if (first === undefined || !/^--\s*migrate:up\b/m.test(read(path(first)))) return undefined;
    // dbmate is run two levels above its default, db/migrations.
    return baseName(parent(directory)) === "db" ? { directory: parent(parent(directory)) } : {};
  },
  readHistory: (files, directories) => {
    const paths = directories.flatMap((directory) => filesIn(files, directory)).filter((path) => path.endsWith(".sql"));
    const read = paths
      .filter((path) => fileName.test(baseName(path)))
      .toSorted((a, b) => compareText(baseName(a), baseName(b)))
      .map((file) => {
        const id = fileName.exec(baseName(file))?.[1] ?? "";
        const title = baseName(file)
          .replace(/^\d+_?/, "")
          .replace(/\.sql$/, "");
        return withWayBack({ id, title, file }, () => hasStatement(sections(files.text(file), file).down.piece.sql));
      });
    const others = paths.filter((path) => !fileName.test(baseName(path)));
    return linearHistory(
      read.map(({ entry }) => entry),
      [
        ...read.flatMap(({ problems }) => problems),
        ...ignoredFiles(others, "dbmate takes files whose name begins with a number only"),
      ],
    );
  },
  scripts: (source, { file }, direction) => {
    const section = sections(source.text(file), file)[direction];
    return [{ file, transaction: section.transaction, pieces: [section.piece] }];
  },
};

interface Section {
  readonly piece: Piece;
  readonly transaction: boolean;
}

/** @throws ScriptError where dbmate would refuse the file */
function sections(text: string, file: string): { readonly up: Section; readonly down: Section } {
  const lines = text.split(/(?<=\n)/);
  const marks = lines.flatMap((content, index) => {
    const match = marker.exec(content);
    return match ? [{ index, direction: match[1] as "up" | "down", options: match[2] ?? "" }] : [];
  });
  const [up, down, extra] = marks;
  if (!up) throw new ScriptError(`dbmate refuses ${file}: it has no line "-- migrate:up".`, file);
  if (up.direction === "down")
    throw new ScriptError(
      `dbmate refuses ${file}: "-- migrate:up" must come before "-- migrate:down".`,
      file,
      up.index + 1,
    );
  if (!down) throw new ScriptError(`dbmate refuses ${file}: it has no line "-- migrate:down".`, file);
  if (extra || down.direction === "up")
    throw new ScriptError(
      `${file} has more than one "-- migrate:up" or "-- migrate:down"; give each migration a file of its own.`,
      file,
      (extra ?? down).index + 1,
    );
  const early = lines.slice(0, up.index).findIndex((content) => !/^\s*(--.*)?$/.test(content.trimEnd()));
  if (early !== -1)
    throw new ScriptError(`dbmate refuses ${file}: there are statements before "-- migrate:up".`, file, early + 1);
  const section = (from: typeof up, to: number): Section => ({
    piece: { sql: lines.slice(from.index, to).join(""), line: from.index + 1 },
    transaction: !from.options.split(/\s+/).includes("transaction:false"),
  });
  return { up: section(up, down.index), down: section(down, lines.length) };
}
