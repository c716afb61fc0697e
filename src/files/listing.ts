/** Folders that hold what others wrote or what a program left behind. Not `dist` and `build`: tools may run from there. */
export const leftOutNames: ReadonlySet<string> = new Set([
  ".git",
  ".hg",
  ".svn",
  ".next",
  ".venv",
  "__pycache__",
  "node_modules",
  "site-packages",
]);

const dependencyMarkers = new Set(["vendor/modules.txt", "vendor/autoload.php"]);

/** Files that mark the folder they lie in as an environment or a cache. */
const generatedMarkers = new Set(["pyvenv.cfg", "CACHEDIR.TAG"]);

/**
 * Leaves out of a flat list what is not the project's own, and sorts it by code unit, each path once.
 * Committed files are never `generated`: otherwise one added marker file would hide a project's migrations from the gate.
 */
export function withoutLeftOut(paths: Iterable<string>, { generated }: { readonly generated: boolean }): string[] {
  const all = new Set(paths);
  const marked = new Set<string>();
  for (const path of all) {
    const [folder, name] = splitLast(path);
    const [, folderName] = splitLast(folder);
    if (dependencyMarkers.has(`${folderName}/${name}`) || (generated && generatedMarkers.has(name))) marked.add(folder);
  }
  const decided = new Map<string, boolean>([["", false]]);
  const isLeftOut = (folder: string): boolean => {
    const earlier = decided.get(folder);
    if (earlier !== undefined) return earlier;
    const [parent, name] = splitLast(folder);
    const answer =
      leftOutNames.has(name) ||
      marked.has(folder) ||
      // Maven copies resources, migrations among them, to `target`.
      (generated && name === "target" && all.has(parent === "" ? "pom.xml" : `${parent}/pom.xml`)) ||
      isLeftOut(parent);
    decided.set(folder, answer);
    return answer;
  };
  return [...all].filter((path) => !isLeftOut(splitLast(path)[0])).toSorted();
}

function splitLast(path: string): readonly [folder: string, name: string] {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? ["", path] : [path.slice(0, slash), path.slice(slash + 1)];
}

/** The part of a sorted list that lies below a directory (`.`: all of it). */
export function below(sorted: readonly string[], directory: string): readonly string[] {
  if (directory === ".") return sorted;
  // `0` is the code unit after `/`: everything below the directory is between the two.
  return sorted.slice(lowerBound(sorted, `${directory}/`), lowerBound(sorted, `${directory}0`));
}

function lowerBound(sorted: readonly string[], value: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as string) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
