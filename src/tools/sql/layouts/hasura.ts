import type { HistoryProblem } from "../../../history.ts";
import { type Layout, wholeFile } from "../layout.ts";
import { compareNumbers, linearHistory } from "../linear-history.ts";
import { baseName, parent } from "../place.ts";
import { type PairMember, pairEntries } from "../version-pairs.ts";

// Both forms name the same three things: `17_name/up.sql`, and `17_name.up.sql` of the first configuration format.
const migration = /(?:^|\/)(\d+)_([^/]*)[./](up|down)\.sql$/;

/**
 * Hasura: `<version>_name/up.sql` and `down.sql`, below `migrations/` or `migrations/<database>/`. The server runs each in a
 * transaction and keeps the versions in a database of its own metadata, so there is no table to write here.
 */
export const hasura: Layout = {
  name: "hasura",
  title: "Hasura",
  docsUrl: "https://hasura.io/docs/2.0/migrations-metadata-seeds/manage-migrations/",
  outsideTransaction:
    "Hasura applies every migration in a transaction: run it with `run_sql` and `no_transaction`, and mark the migration as applied with `hasura migrate apply --skip-execution`.",
  detect: ({ directory, names, folders, path, has, findUp, read }) => {
    const pairs =
      folders.some((folder) => /^\d+_/.test(folder) && has(path(`${folder}/up.sql`))) ||
      names.some((name) => migration.test(name) && name.endsWith(".up.sql"));
    const config = pairs ? findUp("config.yaml") : undefined;
    if (config === undefined || !/^(metadata_directory|admin_secret|endpoint)\s*:/m.test(read(config)))
      return undefined;
    return `${directory}/`.startsWith(`${parent(config) === "." ? "" : `${parent(config)}/`}migrations/`)
      ? { directory: parent(config), configFile: config }
      : undefined;
  },
  readHistory: (files, directories) => {
    const members = directories.flatMap((directory) =>
      files.list(directory).flatMap((path): PairMember[] => {
        const match = migration.exec(path);
        const home =
          match && (baseName(path).length === 6 || baseName(path).length === 8) ? parent(parent(path)) : parent(path);
        if (!match || home !== directory) return [];
        const [, version = "", title = "", direction] = match;
        return [{ id: String(BigInt(version)), title, direction: direction as "up" | "down", file: path }];
      }),
    );
    const entries = pairEntries(files, members, compareNumbers);
    const problems = entries
      .filter(({ file }) => file.endsWith("down.sql"))
      .map(({ id, file }): HistoryProblem => {
        const message = `${file} has no up.sql beside it, so version ${id} has nothing to apply.`;
        return { kind: "other", message, files: [file], revisions: [id] };
      });
    return linearHistory(
      entries.filter(({ file }) => file.endsWith("up.sql")),
      problems,
    );
  },
  scripts: (source, { file, downFile }, direction) => {
    const wanted = direction === "up" ? file : downFile;
    return wanted === undefined ? undefined : wholeFile(source, wanted, true);
  },
};
