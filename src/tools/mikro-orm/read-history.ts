import { matchesGlob, posix } from "node:path";
import { ConfigurationError } from "../../errors.ts";
import type { Files } from "../../files.ts";
import type { History, HistoryProblem, Revision } from "../../history.ts";
import type { Project } from "../../project.ts";
import { askedRange } from "../package-file.ts";
import { readConfigText, type ConfigText } from "./config-text.ts";
import {
  chain,
  codeFile,
  duplicate,
  generatedName,
  testFile,
  holdsNoMigration,
  holdsSeveral,
  ignored,
  listsOthers,
  unreadable,
} from "./history-problems.mjs";
import { migrationClasses, type MigrationClass } from "./migration-text.ts";

/** MikroORM's own pattern, unless the configuration has another. */
const defaultGlob = "!(*.d).{js,ts,cjs}";

/** The history as MikroORM would read the project's directory, from the files' names and text alone. */
export function readHistory(files: Files, project: Project): History {
  const config = configOf(files, project);
  const glob = config.glob ?? defaultGlob;
  const problems: HistoryProblem[] = [];
  const byId = new Map<string, Pick<Revision, "id" | "file" | "downgrade">>();
  const inOrder = [...new Set(project.migrations)]
    .flatMap((directory) => files.list(directory).map((file) => ({ file, name: posix.relative(directory, file) })))
    .toSorted(orderOf(mikroOrmMajor(files, project.directory)));
  for (const { file, name } of inOrder) {
    if (!codeFile.test(name)) continue;
    const classes = readClasses(files, file);
    const holdsMigration = Array.isArray(classes) && classes.length > 0;
    if (!matchesGlob(name, glob)) {
      if (testFile.test(name)) continue;
      const isMeant = Array.isArray(classes) && classes.some(({ isAbstract }) => !isAbstract);
      if (generatedName.test(posix.basename(name)) || isMeant) problems.push(ignored(file, name, glob));
      continue;
    }
    const id = revisionId(file);
    if (typeof classes === "string") problems.push(unreadable(file, classes, id));
    else if (!holdsMigration) {
      // Where classes are listed, files beside theirs do no harm.
      const isList = project.configFile === undefined && listsOthers(files.text(file));
      if (!config.listsClasses && !isList) problems.push(holdsNoMigration(file));
      continue;
    } else if (classes.length > 1)
      problems.push(
        holdsSeveral(
          file,
          classes.map((found) => found.name || "unnamed"),
          id,
          classes[1]?.line,
        ),
      );
    const first = byId.get(id);
    if (first) problems.push(duplicate(first.file, file, id));
    else {
      // An unreadable file may well have a way back; running it will tell.
      const downgrade = typeof classes === "string" ? "present" : (classes[0] as MigrationClass).downgrade;
      byId.set(id, { id, file, downgrade });
    }
  }
  return { shape: "linear", revisions: chain([...byId.values()]), problems };
}

/** MikroORM strips these two extensions and no other. */
function revisionId(file: string): string {
  return posix.basename(file).replace(/\.[jt]s$/, "");
}

function configOf(files: Files, { configFile, section = "default", directory }: Project): ConfigText {
  if (configFile === undefined || !files.exists(configFile)) return { listsClasses: false };
  const all = readConfigText(files.text(configFile), configFile, directory);
  return all.find((config) => (config.section ?? "default") === section) ?? (all[0] as ConfigText);
}

/** The version that the nearest package file asks for; the newest where none says. */
const mikroOrmMajor = (files: Files, directory: string): number =>
  Number(/\d+/.exec(askedRange(files, directory, "@mikro-orm/migrations", "@mikro-orm/core") ?? "7")?.[0]);

type Order = (left: { readonly file: string }, right: { readonly file: string }) => number;

/** Version 5 leaves sorting to a library that compares as English does; the later ones compare code units. */
function orderOf(major: number): Order {
  if (major >= 6) return ({ file: left }, { file: right }) => (left < right ? -1 : left > right ? 1 : 0);
  const { compare } = new Intl.Collator("en");
  return ({ file: left }, { file: right }) => compare(left, right);
}

function readClasses(files: Files, file: string): readonly MigrationClass[] | string {
  try {
    return migrationClasses(files.text(file));
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
}
