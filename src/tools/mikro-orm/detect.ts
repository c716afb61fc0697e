import { posix } from "node:path";
import { ConfigurationError } from "../../errors.ts";
import { type Files, isWithin } from "../../files.ts";
import type { DetectedProject } from "../tool.ts";
import { findConfigFile, prefersSources, readPackage, type Package } from "./config-file.ts";
import { readConfigText, type ConfigText } from "./config-text.ts";
import { generatedName } from "./history-problems.mjs";

/** Where compilers put what they make of sources. */
const builtFolder = /(^|\/)(dist|build|out|lib|coverage|\.[^/]+)(\/|$)/;

/**
 * The MikroORM projects in the tree, in path order: one for each package that depends on it, and one for each
 * configuration where a file holds several. A package without a configuration file counts as well when it has a folder
 * of generated migrations: libraries have those, and run them from elsewhere.
 */
export function detect(files: Files): readonly DetectedProject[] {
  const packages = files
    .list()
    .filter((path) => posix.basename(path) === "package.json")
    .flatMap((path) => readPackage(files, path) ?? [])
    .filter(usesPostgres);
  return packages.flatMap((found) => {
    const nested = packages.map(({ directory }) => directory).filter((other) => isBelow(other, found.directory));
    const folders = migrationFolders(files, found.directory, nested);
    const configFile = findConfigFile(files, found);
    if (configFile !== undefined) return configured(files, found, configFile, folders);
    return folders.map((folder) => project(found.directory, [folder]));
  });
}

function project(directory: string, migrations: readonly string[]): DetectedProject {
  return { tool: "mikro-orm", directory, migrations };
}

/**
 * A package that can only reach another database, or that has MikroORM without its migrations, is not one of ours. Medusa brings
 * MikroORM with it, for PostgreSQL.
 */
function usesPostgres({ dependencies }: Package): boolean {
  const has = (name: string) => `@mikro-orm/${name}` in dependencies;
  if ("@medusajs/framework" in dependencies || "@medusajs/medusa" in dependencies) return true;
  const others = ["mysql", "mariadb", "sqlite", "better-sqlite", "libsql", "mssql", "mongodb", "oracledb"];
  return has("postgresql") || ((has("migrations") || has("core")) && !others.some(has));
}

const isBelow = (path: string, directory: string): boolean => path !== directory && isWithin(path, directory);

/** The folders of a package that hold files named as MikroORM names migrations; compiled ones only where there is no other. */
function migrationFolders(files: Files, directory: string, nested: readonly string[]): readonly string[] {
  const folders = new Set(
    files
      .list(directory)
      .filter((path) => generatedName.test(posix.basename(path)))
      .map((path) => posix.dirname(path))
      .filter((folder) => !nested.some((other) => folder === other || isBelow(folder, other))),
  );
  // A folder inside another one is never looked at; it is reported as ignored.
  const outermost = [...folders].filter((folder) => ![...folders].some((other) => isBelow(folder, other)));
  const sources = outermost.filter((folder) => !builtFolder.test(posix.relative(directory, folder)));
  return sources.length > 0 ? sources : outermost;
}

function configured(
  files: Files,
  found: Package,
  configFile: string,
  folders: readonly string[],
): readonly DetectedProject[] {
  const { directory, dependencies, settings } = found;
  const texts = readTexts(files, configFile, directory);
  const ofMigrations = texts.some((text) => text.path ?? text.pathTs) || "@mikro-orm/migrations" in dependencies;
  if (!ofMigrations && folders.length === 0) return [];
  const sections = new Set(texts.map(({ section }) => section));
  return texts.map((text): DetectedProject => {
    const stated = prefersSources(settings) ? [text.pathTs, text.path] : [text.path, text.pathTs];
    const existing = stated.filter((path) => path !== undefined).find((path) => files.list(path).length > 0);
    const assumed = ["src/migrations", "migrations"].map((path) => posix.join(directory, path));
    return {
      ...project(
        directory,
        existing !== undefined
          ? [existing]
          : folders.length > 0
            ? folders
            : [stated.find(Boolean) ?? defaultFolder(files, assumed)],
      ),
      configFile,
      ...(text.section !== undefined && sections.size > 1 ? { section: text.section } : {}),
      ...(text.database === undefined ? {} : { database: text.database }),
    };
  });
}

function defaultFolder(files: Files, [inSources, beside]: readonly string[]): string {
  return files.list(posix.dirname(inSources as string)).length > 0 ? (inSources as string) : (beside as string);
}

/** A configuration that cannot be read as text is still one; running it will say what is wrong. */
function readTexts(files: Files, configFile: string, directory: string): readonly ConfigText[] {
  try {
    return readConfigText(files.text(configFile), configFile, directory);
  } catch (error) {
    if (error instanceof ConfigurationError) return [{ listsClasses: false }];
    throw error;
  }
}
