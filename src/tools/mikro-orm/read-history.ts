import { matchesGlob, posix } from "node:path";
import { ConfigurationError } from "../../errors.ts";
import type { Files } from "../../files.ts";
import type { History, HistoryProblem, Revision } from "../../history.ts";
import type { Project } from "../../project.ts";
import { readPackage } from "./config-file.ts";
import { readConfigText, type ConfigText } from "./config-text.ts";
import { migrationClasses, type MigrationClass } from "./migration-text.ts";

/** MikroORM's own pattern, unless the configuration has another. */
const defaultGlob = "!(*.d).{js,ts,cjs}";
/** What a generated migration's file is called. */
export const generatedName = /^Migration\d{14}.*\.[mc]?[jt]s$/;
const code = /(?<!\.d)\.[mc]?[jt]s$/;

/** The history as MikroORM would read the project's directory, from the files' names and text alone. */
export function readHistory(files: Files, project: Project): History {
  const config = configOf(files, project);
  const glob = config.glob ?? defaultGlob;
  const problems: HistoryProblem[] = [];
  const byId = new Map<string, { readonly path: string; readonly downgrade: Revision["downgrade"] }>();
  const paths = [...new Set(project.migrations)].flatMap((directory) =>
    files.list(directory).map((path) => ({ path, name: posix.relative(directory, path) })),
  );
  for (const { path, name } of paths.sort(orderOf(mikroOrmMajor(files, project.directory)))) {
    if (!code.test(name)) continue;
    const read = readClasses(files, path);
    if (!matchesGlob(name, glob)) {
      if (generatedName.test(posix.basename(name)) || (Array.isArray(read) && read.length > 0))
        problems.push(problem("ignored", ignored(path, name, glob), path));
      continue;
    }
    if (config.listsClasses && Array.isArray(read) && read.length === 0) continue;
    const id = revisionId(path);
    if (!Array.isArray(read)) problems.push(problem("unreadable", read as string, path, id));
    else if (read.length === 0) {
      problems.push(problem("other", holdsNoMigration(path), path));
      continue;
    } else if (read.length > 1)
      problems.push({
        ...problem("other", holdsSeveral(path, read), path, id),
        line: (read[1] as MigrationClass).line,
      });
    const other = byId.get(id);
    if (other)
      problems.push({
        ...problem("duplicate", duplicate(other.path, path), other.path, id),
        files: [other.path, path],
      });
    else byId.set(id, { path, downgrade: Array.isArray(read) ? (read[0] as MigrationClass).downgrade : "present" });
  }
  return { shape: "linear", revisions: chain(byId), problems };
}

function chain(byId: ReadonlyMap<string, { readonly path: string; readonly downgrade: Revision["downgrade"] }>) {
  let previous: string | undefined;
  return [...byId].map(([id, { path, downgrade }]): Revision => {
    const title = /^Migration\d{14}_(.+)$/.exec(id)?.[1];
    const revision: Revision = {
      id,
      downRevisions: previous === undefined ? [] : [previous],
      dependsOn: [],
      branchLabels: [],
      file: path,
      downgrade,
      ...(title === undefined ? {} : { title }),
    };
    previous = id;
    return revision;
  });
}

/** MikroORM strips these two extensions and no other. */
export function revisionId(path: string): string {
  return posix.basename(path).replace(/\.[jt]s$/, "");
}

function configOf(files: Files, { configFile, section, directory }: Project): ConfigText {
  if (configFile === undefined || !files.exists(configFile)) return { listsClasses: false };
  const all = readConfigText(files.text(configFile), configFile, directory);
  return all.find((config) => (config.section ?? "default") === (section ?? "default")) ?? (all[0] as ConfigText);
}

/** The version that the nearest package file asks for; the newest where none says. */
function mikroOrmMajor(files: Files, directory: string): number {
  for (let at = directory; ; at = posix.dirname(at)) {
    const path = posix.join(at, "package.json");
    const dependencies = files.exists(path) ? (readPackage(files, path)?.dependencies ?? {}) : {};
    const range = dependencies["@mikro-orm/migrations"] ?? dependencies["@mikro-orm/core"];
    const major = /\d+/.exec(range ?? "")?.[0];
    if (major !== undefined) return Number(major);
    if (at === "." || at === "/") return 7;
  }
}

/** Version 5 leaves sorting to a library that compares as English does; the later ones compare code units. */
function orderOf(major: number): (left: { readonly path: string }, right: { readonly path: string }) => number {
  if (major >= 6) return ({ path: left }, { path: right }) => (left < right ? -1 : left > right ? 1 : 0);
  const { compare } = new Intl.Collator("en");
  return ({ path: left }, { path: right }) => compare(left, right);
}

function readClasses(files: Files, path: string): readonly MigrationClass[] | string {
  try {
    return migrationClasses(files.text(path));
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
}

function problem(kind: HistoryProblem["kind"], message: string, file: string, id?: string): HistoryProblem {
  return { kind, message, files: [file], revisions: id === undefined ? [] : [id] };
}

function ignored(path: string, name: string, glob: string): string {
  const why = name.includes("/")
    ? "it is in a folder below the migrations, where MikroORM does not look"
    : `MikroORM only runs files that match \`${glob}\``;
  return `${path} looks like a migration, but it is never run: ${why}. Move or rename it.`;
}

function holdsNoMigration(path: string): string {
  return (
    `${path} holds no migration class, but MikroORM runs every file here as a migration and fails on this one. ` +
    "Move it out of the directory, or narrow `migrations.glob`."
  );
}

function holdsSeveral(path: string, classes: readonly MigrationClass[]): string {
  return (
    `${path} holds ${classes.length} migration classes (${classes.map(({ name }) => name || "unnamed").join(", ")}); ` +
    "MikroORM runs only the first that it exports. Put each into a file of its own."
  );
}

function duplicate(first: string, second: string): string {
  return (
    `${first} and ${second} are the same migration to MikroORM, which runs both. ` +
    "Delete one; if one was compiled from the other, compile into another directory."
  );
}
