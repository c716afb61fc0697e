import { type Layout, wholeFile } from "../layout.ts";
import { ignoredFiles, linearHistory } from "../linear-history.ts";
import { baseName, filesIn } from "../place.ts";
import { type PairMember, pairEntries } from "../version-pairs.ts";

const fileName = /^(.+)\.(up|down)\.sql$/;

/** `NAME.up.sql` and `NAME.down.sql` of no known tool: ordered by name, each file in a transaction. */
export const pairs: Layout = {
  name: "pairs",
  title: "SQL pairs",
  docsUrl: "https://github.com/golang-migrate/migrate/blob/master/MIGRATIONS.md",
  detect: ({ names }) => (names.some((name) => fileName.test(name) && name.endsWith(".up.sql")) ? {} : undefined),
  readHistory: (files, directories) => {
    const paths = directories.flatMap((directory) => filesIn(files, directory)).filter((path) => path.endsWith(".sql"));
    const members = paths.flatMap((path): PairMember[] => {
      const [, id, direction] = fileName.exec(baseName(path)) ?? [];
      if (id === undefined) return [];
      return [{ id, title: id.replace(/^\d+[_-]/, ""), direction: direction as "up" | "down", file: path }];
    });
    const entries = pairEntries(files, members);
    const ups = entries.filter(({ file }) => file.endsWith(".up.sql"));
    const lonely = entries.filter(({ file }) => file.endsWith(".down.sql")).map(({ file }) => file);
    const others = paths.filter((path) => !fileName.test(baseName(path)));
    return linearHistory(ups, [
      ...ignoredFiles(lonely, "there is no .up.sql of that name"),
      ...ignoredFiles(others, "it is neither NAME.up.sql nor NAME.down.sql"),
    ]);
  },
  scripts: (source, { file, downFile }, direction) => {
    const wanted = direction === "up" ? file : downFile;
    return wanted === undefined ? undefined : wholeFile(source, wanted, true);
  },
};
