import { posix } from "node:path";
import type { Files } from "../../files.ts";

/** What of a `package.json` matters here. */
export interface Package {
  /** Relative to the repository root; `.` for the root. */
  readonly directory: string;
  /** Names and ranges, of every kind of dependency. */
  readonly dependencies: Readonly<Record<string, string>>;
  readonly scripts: readonly string[];
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
  let content: Record<string, unknown>;
  try {
    content = JSON.parse(files.text(path)) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const record = (key: string) => (isRecord(content?.[key]) ? (content[key] as Record<string, string>) : {});
  const settings = record("mikro-orm") as unknown as Record<string, unknown>;
  const paths = settings["configPaths"];
  return {
    directory: posix.dirname(path),
    dependencies: {
      ...record("optionalDependencies"),
      ...record("peerDependencies"),
      ...record("devDependencies"),
      ...record("dependencies"),
    },
    scripts: Object.values(record("scripts")).filter((script) => typeof script === "string"),
    settings: {
      ...(Array.isArray(paths) ? { configPaths: paths.filter((entry) => typeof entry === "string") } : {}),
      ...(typeof settings["preferTs"] === "boolean" ? { preferTs: settings["preferTs"] } : {}),
      ...(typeof settings["useTsNode"] === "boolean" ? { useTsNode: settings["useTsNode"] } : {}),
    },
  };
}

const isRecord = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);

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
