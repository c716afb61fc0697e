import type { Files } from "../../files.ts";
import type { History, HistoryProblem } from "../../history.ts";
import type { Project } from "../../project.ts";
import type { Layout } from "./layout.ts";
import { isOtherDatabase } from "./other-database.ts";
import { baseName, parent } from "./place.ts";

/** A history as its layout reads it, with what lies in folders that the layout does not look into. */
export function readSqlHistory(files: Files, layout: Layout, { migrations }: Project): History {
  const history = layout.readHistory(files, migrations);
  return { ...history, problems: [...history.problems, ...passedOver(files, layout, migrations, history)] };
}

/** What the common layouts call a migration: `0001_boats.sql`, `V1__boats.sql`, `boats.up.sql`. */
const migrationName = /^(?:\d+[_.-]|[VU][0-9._]+__|.*\.up\.sql$).*\.sql$/;

/** Files below the directories that look like migrations and are none, told once a folder. */
function passedOver(
  files: Files,
  { title }: Layout,
  directories: readonly string[],
  { revisions, problems }: History,
): readonly HistoryProblem[] {
  const known = new Set([
    ...revisions.flatMap(({ file, downFile }) => [file, downFile]),
    ...problems.flatMap((problem) => problem.files),
  ]);
  const nested = directories.flatMap((directory) =>
    files
      .list(directory)
      .filter((path) => parent(path) !== directory && migrationName.test(baseName(path)) && !known.has(path))
      .filter((path) => !isOtherDatabase(parent(path)) && !directories.includes(parent(path))),
  );
  return [...Map.groupBy(nested, parent)].map(([folder, inside]) => ({
    kind: "ignored",
    message: `${inside.length === 1 ? (inside[0] as string) : `${inside.length} files in ${folder}, which look like migrations,`} ${inside.length === 1 ? "is" : "are"} never run: ${title} does not look into that folder.`,
    files: inside,
    revisions: [],
  }));
}
