import { readdirSync, readFileSync } from "node:fs";
import { basename, join, posix, relative, resolve, sep } from "node:path";
import {
  chain,
  codeFile,
  duplicate,
  generatedName,
  holdsNoMigration,
  holdsSeveral,
  ignored,
  listsOthers,
  testFile,
  unlisted,
  unreadable,
} from "./history-problems.mjs";
import { missingPackage } from "./missing-package.mjs";
import { SetupError } from "./setup-error.mjs";
import { describeThrown } from "./step-failure.mjs";
import { syntaxErrorLine } from "./syntax-error-line.mjs";

/** What MikroORM would run, in its order: `{ name, path }`, where classes that a configuration lists have no path. */
export async function listMigrations(migrator) {
  // Private in all three versions; the public ways to the list connect to the database first, and leave out what is applied.
  const found =
    typeof migrator.discoverMigrations === "function"
      ? await migrator.discoverMigrations()
      : typeof migrator.umzug?.migrations === "function"
        ? await migrator.umzug.migrations({})
        : undefined;
  if (found === undefined)
    throw new SetupError("This version of MikroORM is not known: its list of migrations was not found.");
  // Version 7 may give a path relative to the working directory.
  return found.map(({ name, path }) => ({ name, path: path === undefined ? undefined : resolve(path) }));
}

/**
 * The folder MikroORM will read, absolute; nothing when its configuration lists classes. Asked before anything else,
 * because MikroORM creates the folder when it is missing.
 */
export async function migrationFolder(migrator, config) {
  const options = config.get("migrations");
  if (options.migrationsList) return undefined;
  await migrator.resolvePaths?.();
  if (migrator.absolutePath !== undefined) return migrator.absolutePath;
  // Versions before 7.1 resolve the folder and create it in one go.
  const stated = config.get("preferTs") && options.pathTs ? options.pathTs : options.path;
  return resolve(config.get("baseDir"), stated ?? "migrations");
}

/** The history as MikroORM sees it, and what is wrong with the files. */
export async function readHistory({
  repository,
  directory,
  migrations,
  importFile,
  imports,
  configFile,
  options,
  folder,
}) {
  const inRepository = (path) => relative(repository, path).split(sep).join("/");
  const problems = [];
  const found = new Map();
  const missing = [];
  const listed = new Map((options.migrationsList ?? []).map((entry) => [entry.name, entry.class ?? entry]));
  const sources =
    listed.size > 0 && configFile !== undefined
      ? await classFiles({ repository, importFile, imports, configFile })
      : new Map();
  for (const { name, path } of migrations) {
    const file =
      path === undefined ? (sources.get(listed.get(name)) ?? configFile ?? "package.json") : inRepository(path);
    let classes;
    try {
      classes = path === undefined ? [listed.get(name)] : migrationClasses(await importFile(path));
    } catch (error) {
      missing.push(missingPackage(error, { repository, directory, file }));
      const { message, file: at = file, line } = describeThrown(error, repository);
      const isUnplaced = error instanceof SyntaxError && line === undefined && path !== undefined;
      problems.push(
        unreadable(at, `${file} cannot be loaded: ${message}`, name, isUnplaced ? syntaxErrorLine(path) : line),
      );
    }
    if (classes?.length === 0) {
      const isList = configFile === undefined && path !== undefined && listsOthers(readFileSync(path, "utf8"));
      if (!isList) problems.push(holdsNoMigration(file));
      continue;
    }
    if (classes && classes.length > 1)
      problems.push(
        holdsSeveral(
          file,
          classes.map((one) => one.name || "unnamed"),
          name,
        ),
      );
    const first = found.get(name);
    if (first) problems.push(duplicate(first.file, file, name));
    else {
      const declares = (method) => classes?.[0] === undefined || declaresMethod(classes[0], method);
      const upgrade = declares("up") ? {} : { upgrade: "absent" };
      found.set(name, { id: name, file, downgrade: declares("down") ? "present" : "absent", ...upgrade });
    }
  }
  // Where nothing else is wrong, the files are not at fault.
  if (missing.length > 0 && missing.length === problems.length && missing.every(Boolean)) throw missing[0];
  if (folder !== undefined)
    problems.push(
      ...ignoredFiles(folder, new Set(migrations.map(({ path }) => resolve(path))), options.glob, inRepository),
    );
  problems.push(...unlistedFiles(repository, new Set(sources.values()), new Set(listed.keys())));
  return { shape: "linear", revisions: chain([...found.values()]), problems };
}

/** Exported classes that can be migrations, in the order of the exports. */
export function migrationClasses(exports) {
  return [...new Set(Object.values(exports ?? {}))].filter(
    (value) => typeof value === "function" && typeof value.prototype?.up === "function",
  );
}

/** Whether the class, or a base class of the project's own, has this method with anything in it. */
function declaresMethod(migration, method) {
  for (let at = migration?.prototype; at && !Object.hasOwn(at, "addSql"); at = Object.getPrototypeOf(at)) {
    if (!Object.hasOwn(at, method)) continue;
    const source = Function.prototype.toString.call(at[method]).replace(/\/\*[^]*?\*\/|\/\/.*$/gm, "");
    return !/\{\s*\}$/.test(source);
  }
  // An arrow function in a property is made by the constructor.
  return new RegExp(`\\b${method}\\s*=`).test(String(migration));
}

/** For each migration's class that the configuration imports, itself or through other files, the file that it is from. */
async function classFiles({ repository, importFile, imports, configFile }) {
  const found = new Map();
  const graph = imports(repository, [join(repository, configFile)]);
  for (const file of new Set(Object.values(graph).flat()))
    try {
      // They are loaded already. A file that gathers the classes of others imports these.
      for (const one of migrationClasses(await importFile(join(repository, file))))
        if (!found.has(one) || graph[found.get(one)]?.includes(file)) found.set(one, file);
    } catch {
      // What is no module of its own holds no class.
    }
  return found;
}

/** Generated migrations that lie beside those whose classes are listed. */
function unlistedFiles(repository, sources, names) {
  const folders = new Set([...sources].filter((file) => generatedName.test(basename(file))).map(posix.dirname));
  return [...folders].flatMap((folder) =>
    readdirSync(join(repository, folder))
      .filter((name) => generatedName.test(name) && !names.has(name.slice(0, name.lastIndexOf("."))))
      .map((name) => posix.join(folder, name))
      .filter((file) => !sources.has(file))
      .map(unlisted),
  );
}

function ignoredFiles(folder, run, glob, inRepository) {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (!entry.isFile() || run.has(resolve(path)) || !codeFile.test(entry.name) || testFile.test(entry.name)) return [];
    if (
      !generatedName.test(entry.name) &&
      !/(?<!\babstract\s+)\bclass\s+\w+\s+extends\s+\w*Migration\b/.test(readFileSync(path, "utf8"))
    )
      return [];
    return ignored(inRepository(path), relative(folder, path).split(sep).join("/"), glob);
  });
}
