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
    /**
     * Loads MikroORM's packages, also those that are installed only beside another of them. They have to be of one version:
     * of two, one may not even load with the other.
     */
    async load(...names) {
      const beside = ["@mikro-orm/postgresql", "@mikro-orm/migrations"].map((other) => folderOf(other)).filter(Boolean);
      const found = names.map((name) => {
        const from = [directory, ...beside].find((place) => folderOf(name, place) !== undefined);
        if (from === undefined)
          throw new SetupError(
            `${name} is not installed in the project. Install the project's dependencies first, for example with \`npm ci\`.`,
          );
        const folder = folderOf(name, from);
        return { name, from, folder, ...JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) };
      });
      const [first, ...others] = found;
      if (Number.parseInt(first.version) < 5)
        throw new SetupError(
          `The project has MikroORM ${first.version}; Headgate knows versions 5, 6 and 7. Upgrade MikroORM first.`,
        );
      const other = process.env.MIKRO_ORM_ALLOW_VERSION_MISMATCH
        ? undefined
        : others.find(({ version }) => version !== first.version);
      if (other)
        throw new SetupError(mismatch(`${first.name} is ${first.version}, and ${other.name} is ${other.version}`));
      checkNode(first.version, first.engines?.node);
      const loaded = [];
      for (const { name, from, folder, version } of found)
        // Versions 5 and 6 have to be required: importing would wrap a second copy of their classes.
        loaded.push(
          Number.parseInt(version) >= 7 ? await import(fileUrl(resolveImport(name, ".", from))) : require(folder),
        );
      return { version: first.version, loaded };
    },
  };
}

/** What is said of packages that do not belong together. */
export const mismatch = (which) =>
  `The installed MikroORM packages differ in their versions: ${which}. Install the same version of all @mikro-orm packages.`;

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
