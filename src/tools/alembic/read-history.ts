import { posix } from "node:path";
import { type Files, isWithin } from "../../files.ts";
import type { History, HistoryProblem, Revision } from "../../history.ts";
import type { Project } from "../../project.ts";
import { pythonText } from "./python-text.ts";
import { readConfigurations } from "./configuration.ts";
import { upgradeOrder } from "./upgrade-order.ts";
import { readVersionFile, type VersionFile } from "./version-file.ts";

/**
 * The history as the text of the version files tells it, without Python. A file whose declarations are computed is a
 * problem of kind `unreadable`: only Alembic itself can tell what it says.
 */
export function readHistory(files: Files, project: Project): History {
  const problems: HistoryProblem[] = [];
  const byId = new Map<string, VersionFile & { readonly file: string }>();
  for (const file of versionFiles(files, project)) {
    const found = readFile(files, file);
    if ("message" in found) {
      problems.push({ kind: "unreadable", files: [file], revisions: [], ...found });
      continue;
    }
    const earlier = byId.get(found.revision);
    if (earlier)
      problems.push({
        kind: "duplicate",
        message: `Two files declare the revision ${found.revision}; Alembic runs only one of them.`,
        files: [earlier.file, file],
        revisions: [found.revision],
      });
    byId.set(found.revision, { ...found, file });
  }
  const labels = new Map(
    [...byId.values()].flatMap(({ branchLabels, revision }) => branchLabels.map((label) => [label, revision])),
  );
  const revisions = [...byId.values()].map(
    ({ revision, downRevisions, dependsOn, branchLabels, file, title, downgrade, upgrade }): Revision => ({
      id: revision,
      downRevisions,
      dependsOn: dependsOn.map((name) => resolve(name, byId, labels)),
      branchLabels,
      file,
      ...(title === undefined ? {} : { title }),
      downgrade,
      ...(upgrade === undefined ? {} : { upgrade }),
    }),
  );
  problems.push(...passedOver(files, project, new Set(versionFiles(files, project))));
  return { shape: "graph", revisions: upgradeOrder(revisions), problems };
}

/** Folders of histories that are not PostgreSQL's. */
const otherDatabase = /(^|\/)(?:sqlite|mysql|mariadb|oracle|mssql)\//;

/** Files below the folder of `env.py` that are written as revisions, and lie where Alembic does not look; told once a folder. */
function passedOver(files: Files, project: Project, known: ReadonlySet<string>): readonly HistoryProblem[] {
  const { migrations, configFile } = project;
  // What another section of the ini file runs is not forgotten.
  const elsewhere = (configFile === undefined ? [] : readConfigurations(files, configFile))
    .filter((one) => (one.section ?? "alembic") !== (project.section ?? "alembic"))
    .flatMap(({ versionLocations }) => versionLocations);
  const nested = [...new Set(migrations.flatMap((location) => environmentOf(files, location) ?? []))]
    .flatMap((folder) => files.list(folder))
    .filter((path) => path.endsWith(".py") && !known.has(path) && !otherDatabase.test(path))
    .filter((path) => !elsewhere.some((location) => isWithin(path, location)))
    .filter((path) => /^down_revision\b/m.test(textOf(files, path)));
  return [...Map.groupBy(nested, posix.dirname)].map(([folder, inside]) => {
    const what = inside.length === 1 ? `${inside[0]} is` : `${inside.length} revisions in ${folder} are`;
    const message = `${what} never run: Alembic does not look into that folder (\`version_locations\`, \`recursive_version_locations\`).`;
    return { kind: "ignored", message, files: inside, revisions: [] };
  });
}

/** The folder of the `env.py` that version files belong to, theirs or above it; nothing where there is none. */
function environmentOf(files: Files, location: string): string | undefined {
  for (let folder = posix.normalize(location); ; folder = posix.dirname(folder)) {
    if (files.exists(posix.join(folder, "env.py"))) return folder;
    if (folder === "." || folder === "/") return undefined;
  }
}

function textOf(files: Files, path: string): string {
  try {
    return pythonText(files, path);
  } catch {
    return "";
  }
}

/** Alembic loads every `.py` file of its version locations but packages' own and editors' lock files. */
function versionFiles(files: Files, { migrations, configFile, section }: Project): readonly string[] {
  const configuration =
    configFile === undefined
      ? undefined
      : readConfigurations(files, configFile).find((one) => (one.section ?? "alembic") === (section ?? "alembic"));
  const locations = migrations.length > 0 ? migrations : (configuration?.versionLocations ?? []);
  const found = locations.flatMap((location) =>
    files
      .list(location)
      .filter((path) => configuration?.recursive === true || posix.dirname(path) === posix.normalize(location))
      .filter((path) => /^(?!\.#|__init__).*\.py$/.test(posix.basename(path))),
  );
  return [...new Set(found)];
}

function readFile(files: Files, path: string): VersionFile | { readonly message: string; readonly line?: number } {
  let text: string;
  try {
    text = pythonText(files, path);
  } catch (error) {
    return { message: (error as Error).message };
  }
  const found = readVersionFile(text);
  if (found && "reason" in found) return { message: `${found.reason}`, line: found.line };
  if (found) return found;
  return { message: "The file declares no `revision`, and Alembic refuses the whole directory for it." };
}

/** Alembic takes an id or a branch label here, and the beginning of an id when it writes the file. */
function resolve(name: string, byId: ReadonlyMap<string, unknown>, labels: ReadonlyMap<string, string>): string {
  if (byId.has(name)) return name;
  const labelled = labels.get(name);
  if (labelled !== undefined) return labelled;
  const [match, ...others] = [...byId.keys()].filter((id) => id.startsWith(name));
  return match !== undefined && others.length === 0 ? match : name;
}
