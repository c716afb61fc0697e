import { posix } from "node:path";
import type { Files } from "../../files.ts";
import type { DetectedProject } from "../tool.ts";
import { optional } from "../../optional.ts";
import { type AlembicConfiguration, readConfigurations, versionFolder } from "./configuration.ts";
import { whyOtherDatabase } from "./other-database.ts";

/** Files that tell where a Python project's root is. */
const rootMarkers = ["pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile", "manage.py"];

/**
 * The Alembic environments in the tree, in path order: those of ini files (one for each section with a `script_location`)
 * and of `pyproject.toml`, then folders with an `env.py` that no such file names, as Flask-Migrate and libraries that
 * configure Alembic in code have them.
 */
export function detect(files: Files): readonly DetectedProject[] {
  const all = files.list();
  const configured = withoutDoubles(all.filter(isConfiguration).flatMap((path) => readConfigurations(files, path)));
  const claimed = new Set(configured.map(({ scriptLocation }) => scriptLocation));
  const used = new Set(configured.map(({ configFile }) => configFile));
  const bare = all
    .filter((path) => posix.basename(path) === "env.py")
    .map((path) => posix.dirname(path))
    .filter((folder) => !claimed.has(folder) && isEnvironment(files, folder));
  return [
    ...configured.map((configuration) => ({
      tool: "alembic" as const,
      directory: configuration.directory,
      configFile: configuration.configFile,
      migrations: configuration.versionLocations,
      ...optional("section", configuration.section),
      ...optional("leftOut", whyOtherDatabase(configuration, configured)),
    })),
    ...bare.map((folder) => {
      const directory = projectRoot(files, folder);
      // One that names no `script_location`, or cannot be read at all: then the driver says why.
      const ini = [folder, posix.dirname(folder), directory]
        .map((place) => posix.join(place, "alembic.ini"))
        .find((path) => files.exists(path) && !used.has(path));
      return {
        tool: "alembic" as const,
        directory,
        migrations: [versionFolder(files, folder)],
        ...(ini === undefined ? {} : { configFile: ini }),
      };
    }),
  ].toSorted((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1));
}

const sortKey = ({ directory, configFile, section, migrations }: DetectedProject): string =>
  [directory, configFile ?? migrations[0], section ?? ""].join("\0");

function isConfiguration(path: string): boolean {
  const name = posix.basename(path);
  return name === "pyproject.toml" || name.endsWith(".ini");
}

/** An ini file and a `pyproject.toml` may describe one environment together; the ini file then has the say, as in Alembic. */
function withoutDoubles(found: readonly AlembicConfiguration[]): readonly AlembicConfiguration[] {
  return found.filter(
    (one) =>
      !one.configFile.endsWith(".toml") ||
      !found.some(
        (other) =>
          other.configFile.endsWith(".ini") &&
          other.section === undefined &&
          (other.scriptLocation === one.scriptLocation ||
            posix.dirname(other.configFile) === posix.dirname(one.configFile)),
      ),
  );
}

function isEnvironment(files: Files, folder: string): boolean {
  const hasVersions = files.list(posix.join(folder, "versions")).some((path) => path.endsWith(".py"));
  const isTemplate = /(^|\/)templates\//.test(folder) || folder.includes("{{");
  if (!hasVersions && (isTemplate || !files.exists(posix.join(folder, "script.py.mako")))) return false;
  try {
    return /\balembic\b/.test(files.text(posix.join(folder, "env.py")));
  } catch {
    return false;
  }
}

/** Where such an environment is run from: above its package, at the nearest folder that looks like a project's root. */
function projectRoot(files: Files, folder: string): string {
  const parent = posix.dirname(folder);
  let start = parent;
  while (start !== "." && files.exists(posix.join(start, "__init__.py"))) start = posix.dirname(start);
  for (let directory = start; ; directory = posix.dirname(directory)) {
    if (rootMarkers.some((marker) => files.exists(posix.join(directory, marker)))) return directory;
    if (directory === ".") return start;
  }
}
