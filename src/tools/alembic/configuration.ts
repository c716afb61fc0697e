import { posix } from "node:path";
import { parse as parseToml } from "smol-toml";
import type { Files } from "../../files.ts";
import { optional } from "../../optional.ts";
import { interpolate, parseIni } from "./ini.ts";

/** One Alembic environment as a configuration file describes it. Paths are relative to the repository root. */
export interface AlembicConfiguration {
  readonly configFile: string;
  /** The section of the ini file; absent for `[alembic]` and for `pyproject.toml`. */
  readonly section?: string;
  /** Where `alembic` is run: relative paths in the file start here. */
  readonly directory: string;
  /** The folder of `env.py`. */
  readonly scriptLocation: string;
  readonly versionLocations: readonly string[];
  /** Whether version files may be in folders below. */
  readonly recursive: boolean;
  /** What comes before `:` in the database URL of an ini file, without the driver: `mysql`. */
  readonly dialect?: string;
}

/** The options Alembic reads, from either kind of file; lists still in one string for ini files. */
interface Options {
  readonly scriptLocation: string | undefined;
  readonly versionLocations: readonly string[] | undefined;
  /** Where Python is to look for modules, as far as it is told relative to where `alembic` is run. */
  readonly modulePaths: readonly string[];
  readonly recursive: boolean;
  readonly dialect?: string;
}

/** Every environment that a file configures; none when it is not Alembic's, cannot be read, or names no `script_location`. */
export function readConfigurations(files: Files, path: string): readonly AlembicConfiguration[] {
  const text = readText(files, path);
  if (text === undefined) return [];
  const here = posix.dirname(path);
  const named = posix.basename(path) === "pyproject.toml" ? tomlOptions(text, here) : iniOptions(text, here);
  return named.flatMap(([section, options]) => {
    if (options.scriptLocation === undefined) return [];
    const image = imageOf(files, options.scriptLocation, here);
    const directory = image?.checkout ?? runDirectory(files, here, options.scriptLocation, options.modulePaths);
    const placeOf = (path: string) => inRepository(files, directory, image ? withoutImage(path, image) : path);
    const scriptLocation = placeOf(options.scriptLocation);
    if (scriptLocation === undefined) return [];
    const versionLocations = options.versionLocations?.flatMap((location) => placeOf(location) ?? []) ?? [
      versionFolder(files, scriptLocation),
    ];
    return {
      configFile: path,
      ...(section === "alembic" ? {} : { section }),
      directory,
      scriptLocation,
      versionLocations,
      recursive: options.recursive,
      ...optional("dialect", options.dialect),
    };
  });
}

/**
 * Where the version files of an environment are whose configuration does not say it. Programs that keep a history for each of
 * several databases name the folder when they run.
 */
export function versionFolder(files: Files, scriptLocation: string): string {
  const usual = posix.join(scriptLocation, "versions");
  const versions = files.list(usual).filter((path) => /^(?!__init__).*\.py$/.test(posix.basename(path)));
  if (versions.some((path) => posix.dirname(path) === usual)) return usual;
  const ours = ["postgresql", "postgres"].map((name) => posix.join(usual, name));
  return ours.find((folder) => versions.some((path) => posix.dirname(path) === folder)) ?? usual;
}

function readText(files: Files, path: string): string | undefined {
  try {
    const text = files.text(path);
    return text.includes("script_location") ? text : undefined;
  } catch {
    return undefined;
  }
}

/** What stands for the folder of the configuration file until it is known where relative paths start. */
const hereMark = "\0here";

function iniOptions(text: string, here: string): (readonly [string, Options])[] {
  // What [DEFAULT] says holds for [loggers] too: any other section than Alembic's own says itself where its environment is.
  const environments = [...parseIni(text)].filter(
    ([section, { own }]) => section === "alembic" || own.has("script_location") || own.has("version_locations"),
  );
  return environments.map(([section, { options }]) => {
    const values = new Map([...options, ["here", hereMark]]);
    const value = (name: string) => {
      const found = options.get(name);
      return found === undefined || found === "" ? undefined : interpolate(found, values);
    };
    const locations = value("version_locations");
    const separator = value("path_separator") ?? value("version_path_separator");
    return [
      section,
      {
        scriptLocation: absolute(value("script_location"), here),
        versionLocations:
          locations === undefined
            ? undefined
            : splitLocations(locations, separator).map((path) => absolute(path, here) as string),
        modulePaths: relative((value("prepend_sys_path") ?? "").split(/[\s,:;]+/)),
        recursive: isTrue(value("recursive_version_locations")),
        ...optional("dialect", /^(\w+)(?:\+\w+)?:/.exec(options.get("sqlalchemy.url") ?? "")?.[1]),
      },
    ] as const;
  });
}

function tomlOptions(text: string, here: string): (readonly [string, Options])[] {
  let table: unknown;
  try {
    table = (parseToml(text)["tool"] as Record<string, unknown> | undefined)?.["alembic"];
  } catch {
    return [];
  }
  if (typeof table !== "object" || table === null) return [];
  const options = table as Record<string, unknown>;
  const path = (value: unknown) =>
    typeof value === "string" ? absolute(interpolate(value, new Map([["here", hereMark]])), here) : undefined;
  const locations = options["version_locations"];
  const modulePaths = options["prepend_sys_path"];
  return [
    [
      "alembic",
      {
        scriptLocation: path(options["script_location"]),
        versionLocations: Array.isArray(locations) ? locations.flatMap((location) => path(location) ?? []) : undefined,
        modulePaths: Array.isArray(modulePaths) ? relative(modulePaths.flatMap((place) => path(place) ?? [])) : [],
        recursive:
          options["recursive_version_locations"] === true || isTrue(String(options["recursive_version_locations"])),
      },
    ],
  ];
}

/** `/`-led and relative to the repository root where the file says `%(here)s`, else as written. */
function absolute(path: string | undefined, here: string): string | undefined {
  return path?.startsWith(hereMark) ? posix.join("/", here, path.slice(hereMark.length)) : path;
}

function splitLocations(value: string, separator: string | undefined): string[] {
  // Alembic's older templates have a comment behind the value.
  const name = separator?.replace(/\s#.*/s, "").trim();
  const by =
    name === undefined ? /, *| +|\n/ : ({ os: ":", space: /\s+/, newline: "\n", ":": ":", ";": ";" }[name] ?? ":");
  return value
    .split(by)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

const isTrue = (value: string | undefined): boolean => /^(true|yes|on|1)$/i.test(value?.trim() ?? "");

const relative = (paths: readonly string[]): readonly string[] =>
  paths.filter((path) => path !== "" && path !== "." && !path.startsWith("/") && !path.startsWith(hereMark));

/**
 * The folder of the configuration file, or the nearest one above it where the relative `script_location` exists; where that
 * is no relative one, where modules are to be looked for.
 */
function runDirectory(files: Files, here: string, scriptLocation: string, modulePaths: readonly string[]): string {
  if (scriptLocation.startsWith("/")) {
    const isThere = (directory: string) => {
      const places = modulePaths.map((path) => inRepository(files, directory, path));
      return places.every((place) => place !== undefined && (place === "." || files.list(place).length > 0));
    };
    return foldersAbove(here).find(isThere) ?? here;
  }
  const found = foldersAbove(here).find((directory) => {
    const location = inRepository(files, directory, scriptLocation);
    return location !== undefined && files.exists(posix.join(location, "env.py"));
  });
  // A package's folder is found from anywhere; packages are below `src`, and what runs them is not.
  return found !== undefined && scriptLocation.includes(":") && posix.basename(found) === "src"
    ? posix.dirname(found)
    : (found ?? here);
}

/** A folder, and those above it up to the repository's root. */
function foldersAbove(folder: string): readonly string[] {
  return folder === "." ? ["."] : [folder, ...foldersAbove(posix.dirname(folder))];
}

/** Where a container's image has what the checkout has in a folder of its own. */
interface Image {
  /** Absolute, without a slash at its end. */
  readonly root: string;
  /** Relative to the repository root. */
  readonly checkout: string;
}

/** The image that an absolute `script_location` is of, told by the environment whose path ends alike; none where several do. */
function imageOf(files: Files, scriptLocation: string, here: string): Image | undefined {
  if (!scriptLocation.startsWith("/") || files.list(scriptLocation.slice(1)).length > 0) return undefined;
  const environments = files
    .list()
    .filter((path) => posix.basename(path) === "env.py")
    .map((path) => posix.dirname(path));
  const parts = posix.normalize(scriptLocation).split("/").slice(1);
  for (let length = parts.length - 1; length > 0; length -= 1) {
    const ending = `/${parts.slice(-length).join("/")}`;
    const alike = environments.filter((folder) => `/${folder}`.endsWith(ending));
    const [found, ...others] = alike.includes(here) ? [here] : alike;
    if (found === undefined) continue;
    if (others.length > 0) return undefined;
    return { root: `/${parts.slice(0, -length).join("/")}`, checkout: found.slice(0, -ending.length) || "." };
  }
  return undefined;
}

/** A path of the image as one of the checkout, relative to where the image's root is there. */
const withoutImage = (path: string, { root }: Image): string =>
  path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;

/** The path from the root for what a configuration calls it, also in Alembic's form `package:folder:folder`; `undefined` outside the repository. */
function inRepository(files: Files, directory: string, path: string): string | undefined {
  if (path.startsWith("/")) return contained(path.slice(1));
  const [packageName = "", ...inside] = path.split(":");
  if (inside.length === 0) return contained(posix.join(directory, path));
  const folder = posix.join(packageName.replaceAll(".", "/"), ...inside);
  const candidates = [posix.join(directory, folder), posix.join(directory, "src", folder)];
  const found = candidates.find((candidate) => files.list(candidate).length > 0);
  return contained(found ?? (candidates[0] as string));
}

function contained(path: string): string | undefined {
  const normal = posix.normalize(path).replace(/\/$/, "") || ".";
  return normal.startsWith("..") ? undefined : normal;
}
