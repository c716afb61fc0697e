import { posix } from "node:path";
import type { Files } from "../../files.ts";
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
  return { shape: "graph", revisions: upgradeOrder(revisions), problems };
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
