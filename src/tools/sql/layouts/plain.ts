import { type Layout, wholeFile } from "../layout.ts";
import { linearHistory } from "../linear-history.ts";
import { baseName, filesIn } from "../place.ts";

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
  readHistory: (files, directories) =>
    linearHistory(
      directories
        .flatMap((directory) => filesIn(files, directory))
        .filter((path) => path.endsWith(".sql"))
        .map((file) => {
          const id = baseName(file).replace(/\.sql$/, "");
          return { id, title: id.replace(/^\d+[_-]/, ""), file, downgrade: "unsupported" };
        }),
    ),
  scripts: (source, { file }, direction) => (direction === "up" ? wholeFile(source, file, true) : undefined),
};
