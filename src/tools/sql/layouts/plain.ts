import type { Files } from "../../../files.ts";
import type { HistoryProblem } from "../../../history.ts";
import { type Layout, ScriptError, wholeFile } from "../layout.ts";
import { linearHistory } from "../linear-history.ts";
import { baseName, filesIn } from "../place.ts";
import { wayBackMark } from "../way-back-mark.ts";

/** A directory of `.sql` files of no known tool: ordered by name, each in a transaction. There is no way back. */
export const plain: Layout = {
  name: "plain",
  title: "SQL files",
  docsUrl: "https://www.postgresql.org/docs/current/protocol-flow.html",
  // Any folder of SQL could be meant, so only one that says what it is counts without being named.
  detect: ({ directory, names }) => {
    const sql = names.filter((name) => name.endsWith(".sql"));
    const says =
      /^(db_?)?migrations?$/i.test(baseName(directory)) && sql.length > 0 && sql.every((name) => /^\d/.test(name));
    return says ? {} : undefined;
  },
  readHistory: (files, directories) => {
    const paths = directories.flatMap((directory) => filesIn(files, directory)).filter((path) => path.endsWith(".sql"));
    return linearHistory(
      paths.map((file) => ({
        id: idOf(file),
        title: idOf(file).replace(/^\d+[_-]/, ""),
        file,
        downgrade: "unsupported",
      })),
      withTwoWays(files, paths),
    );
  },
  scripts: (source, { file }, direction) => {
    if (direction === "down") return undefined;
    const back = wayBackMark(source.text(file));
    if (back) throw new ScriptError(`${file}:${back.line}: ${whyRefused(back.mark)}`, file, back.line);
    return wholeFile(source, file, true);
  },
};

const idOf = (file: string): string => baseName(file).replace(/\.sql$/, "");

const whyRefused = (mark: string): string =>
  `"${mark}" begins a way back, and Headgate does not know the tool that cuts such files in two; sent whole, the file would undo what it does.`;

/** All such files are one problem: they come from one tool. */
function withTwoWays(files: Files, paths: readonly string[]): readonly HistoryProblem[] {
  const found = paths.flatMap((file) => {
    const back = wayBackMark(textIn(files, file));
    return back ? [{ file, ...back }] : [];
  });
  const [first] = found;
  if (!first) return [];
  const others = found.length === 1 ? "" : ` (and in ${found.length - 1} more of its directory)`;
  return [
    {
      kind: "unreadable",
      message: `${first.file}:${first.line}${others}: ${whyRefused(first.mark)}`,
      help: "Give each way a file of its own, NAME.up.sql and NAME.down.sql, or name the layout of its tool in headgate.yml (`layout:`).",
      files: found.map(({ file }) => file),
      revisions: found.map(({ file }) => idOf(file)),
      line: first.line,
    },
  ];
}

/** Nothing where it is no text; sending it will say so. */
function textIn(files: Files, path: string): string {
  try {
    return files.text(path);
  } catch {
    return "";
  }
}
