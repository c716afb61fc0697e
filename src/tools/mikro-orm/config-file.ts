import { posix } from "node:path";
import type { Files } from "../../files.ts";
import { type PackageFile, readPackageFile } from "../package-file.ts";

/** What of a `package.json` matters here. */
export interface Package extends Omit<PackageFile, "section"> {
  /** The `mikro-orm` key: the settings of MikroORM's command line. */
  readonly settings: PackageSettings;
}

/** The `mikro-orm` key of a `package.json`, as far as it decides which files are used. */
export interface PackageSettings {
  readonly configPaths?: readonly string[];
  /** Version 7. */
  readonly preferTs?: boolean;
  /** Versions 5 and 6. */
  readonly useTsNode?: boolean;
}

/** A package file that can be read; a broken one belongs to nobody here. */
export function readPackage(files: Files, path: string): Package | undefined {
  const file = readPackageFile(files, path);
  if (!file) return undefined;
  const { section, ...rest } = file;
  const { configPaths: paths, preferTs, useTsNode } = section("mikro-orm");
  return {
    ...rest,
    settings: {
      ...(Array.isArray(paths) ? { configPaths: paths.filter((entry) => typeof entry === "string") } : {}),
      ...(typeof preferTs === "boolean" ? { preferTs } : {}),
      ...(typeof useTsNode === "boolean" ? { useTsNode } : {}),
    },
  };
}

/** Whether MikroORM is to use the TypeScript sources: its command line does, unless it is told not to. */
export function prefersSources({ preferTs, useTsNode }: PackageSettings): boolean {
  return preferTs !== false && useTsNode !== false;
}

/**
 * The configuration file that MikroORM's command line would load in this package; else the one that the package's own
 * scripts hand to it; else the only kind of file that can be meant, such as `mikro-orm.config.dev.ts`.
 */
export function findConfigFile(files: Files, { directory, settings, scripts }: Package): string | undefined {
  const inPackage = (path: string) => posix.join(directory, path);
  const built = ["dist", "build"].find((name) => files.list(inPackage(name)).length > 0) ?? "src";
  const own = [
    ...(settings.configPaths ?? []),
    "src/mikro-orm.config.ts",
    "mikro-orm.config.ts",
    `${built}/mikro-orm.config.js`,
    "mikro-orm.config.js",
  ].filter((path) => prefersSources(settings) || !/\.[mc]?ts$/.test(path));
  const handed = scripts.flatMap((script) =>
    [
      ...script.matchAll(
        /\bMIKRO_ORM_CLI(?:_CONFIG)?=["']?([^\s"']+)|mikro-orm.{0,200}?\s--config[= ]["']?([^\s"']+)/g,
      ),
    ].map(([, variable, option]) => (variable ?? option) as string),
  );
  const known = [...own, ...handed].map(inPackage).find((path) => files.exists(path));
  if (known !== undefined) return known;
  return ["", "src", "config", "src/config"]
    .flatMap((folder) => files.list(inPackage(folder)).filter((path) => posix.dirname(path) === inPackage(folder)))
    .find((path) => /^mikro-?orm(\.[\w-]+)*\.config(\.[\w-]+)*\.[mc]?[jt]s$/i.test(posix.basename(path)));
}
