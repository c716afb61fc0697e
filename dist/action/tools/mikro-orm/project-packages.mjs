import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { SetupError } from "./setup-error.mjs";

/** The packages installed in the project that runs in `directory`, and what its `package.json` says. */
export function projectPackages(directory) {
  const require = createRequire(join(directory, "package.json"));
  const own = nearestPackage(directory);

  /** The folder of an installed package, or `undefined`. */
  const folderOf = (name, from = directory) => {
    for (let at = from; ; at = dirname(at)) {
      const folder = join(at, "node_modules", name);
      if (existsSync(join(folder, "package.json"))) return folder;
      if (at === dirname(at)) return undefined;
    }
  };
  /** The file that `import` would load, which can be another one than `require` finds. */
  const resolveImport = (name, subpath = ".", from = directory) => {
    const folder = folderOf(name, from);
    if (folder === undefined) return undefined;
    const { exports, module: entry, main } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const target =
      exports === undefined
        ? subpath === "."
          ? (entry ?? main ?? "index.js")
          : subpath
        : matchConditions(
            typeof exports === "object" && subpath in exports
              ? exports[subpath]
              : subpath === "."
                ? exports
                : undefined,
          );
    if (typeof target !== "string") return undefined;
    const file = join(folder, target);
    return existsSync(file) ? file : existsSync(`${file}.js`) ? `${file}.js` : undefined;
  };

  return {
    directory,
    require,
    /** Whether files of the project are ES modules: MikroORM decides by this how to load configuration and migrations. */
    isModule: own.type === "module",
    /** The `mikro-orm` key: the settings of MikroORM's command line. */
    settings: own["mikro-orm"] ?? {},
    has: (name) => folderOf(name) !== undefined,
    resolveImport,
    /** Loads one of MikroORM's packages, also where it is installed only beside another of them. */
    async load(name) {
      const beside = ["@mikro-orm/postgresql", "@mikro-orm/migrations"].map((other) => folderOf(other)).filter(Boolean);
      for (const from of [directory, ...beside]) {
        const folder = folderOf(name, from);
        if (folder === undefined) continue;
        const { version, engines } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
        checkNode(version, engines?.node);
        // Versions 5 and 6 have to be required: importing would wrap a second copy of their classes.
        const loaded =
          Number.parseInt(version) >= 7 ? await import(fileUrl(resolveImport(name, ".", from))) : require(folder);
        return { ...loaded, version };
      }
      throw new SetupError(
        `${name} is not installed in the project. Install the project's dependencies first, for example with \`npm ci\`.`,
      );
    },
  };
}

export const fileUrl = (path) => pathToFileURL(path).href;

/** What the `package.json` that governs a folder says; nothing where there is none. */
export function nearestPackage(directory) {
  for (let at = directory; ; at = dirname(at)) {
    const path = join(at, "package.json");
    if (existsSync(path)) {
      try {
        return JSON.parse(readFileSync(path, "utf8"));
      } catch {
        return {};
      }
    }
    if (at === dirname(at)) return {};
  }
}

function matchConditions(target) {
  if (typeof target === "string" || target === undefined || target === null) return target;
  if (Array.isArray(target)) return target.map(matchConditions).find((found) => typeof found === "string");
  for (const [condition, value] of Object.entries(target))
    if (["node", "import", "module-sync", "default"].includes(condition)) {
      const found = matchConditions(value);
      if (typeof found === "string") return found;
    }
  return undefined;
}

function checkNode(version, range) {
  const needed = /(\d+)(?:\.(\d+))?/.exec(range ?? "");
  if (!needed) return;
  const [major, minor] = process.versions.node.split(".").map(Number);
  const [needsMajor, needsMinor] = [Number(needed[1]), Number(needed[2] ?? 0)];
  if (major > needsMajor || (major === needsMajor && minor >= needsMinor)) return;
  throw new SetupError(
    `MikroORM ${version} needs Node ${needsMajor}.${needsMinor} or newer, and this is Node ${process.versions.node} (${process.execPath}). ` +
      "Put a newer one on the path, or name it as `interpreter` of the project in headgate.yml.",
  );
}
