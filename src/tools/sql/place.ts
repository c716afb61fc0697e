import type { Files } from "../../files.ts";

/** One directory of the tree, as detection looks at it. */
export interface Place {
  /** Relative to the repository root; `.` for the root. */
  readonly directory: string;
  /** The files directly in it, names only, in code-unit order. */
  readonly names: readonly string[];
  /** The directories directly in it, names only, in code-unit order. */
  readonly folders: readonly string[];
  /** A file in it or below it. */
  path(name: string): string;
  /** The text of a file, or nothing when it is missing or no text: detection never fails. */
  read(path: string): string;
  has(path: string): boolean;
  /** The nearest of these files, in this directory or above it; names earlier in the list win in the same directory. */
  findUp(...names: readonly string[]): string | undefined;
}

/**
 * Every directory of the tree that holds a file in it or below it, in code-unit order.
 * @param named a directory that counts although git ignores it, or keeps it in a submodule
 */
export function places(files: Files, named?: string): readonly Place[] {
  const names = new Map<string, string[]>();
  const folders = new Map<string, Set<string>>();
  const known = (directory: string): void => {
    if (names.has(directory)) return;
    names.set(directory, []);
    folders.set(directory, new Set());
    if (directory === ".") return;
    known(parent(directory));
    folders.get(parent(directory))?.add(baseName(directory));
  };
  // Asked for every directory of the tree: the list answers without a look at the disk.
  const listed = new Set([...files.list("."), ...(named === undefined ? [] : files.list(named))]);
  for (const path of listed) {
    known(parent(path));
    names.get(parent(path))?.push(baseName(path));
  }
  const directories = [...names.keys()].toSorted((a, b) => (a < b ? -1 : 1));
  return directories.map((directory) =>
    place(files, listed, directory, names.get(directory) ?? [], [...(folders.get(directory) ?? [])].toSorted()),
  );
}

function place(
  files: Files,
  listed: ReadonlySet<string>,
  directory: string,
  names: readonly string[],
  folders: readonly string[],
): Place {
  return {
    directory,
    names,
    folders,
    path: (name) => join(directory, name),
    has: (path) => listed.has(path),
    read: (path) => {
      try {
        return listed.has(path) ? files.text(path) : "";
      } catch {
        return "";
      }
    },
    findUp: (...wanted) => {
      for (let current = directory; ; current = parent(current)) {
        const found = wanted.map((name) => join(current, name)).find((path) => listed.has(path));
        if (found !== undefined || current === ".") return found;
      }
    },
  };
}

/** A path below a directory; `.` is the root. */
export function join(directory: string, name: string): string {
  return directory === "." ? name : `${directory}/${name}`;
}

/** The directory a path is in; `.` for the root and what is directly in it. */
export function parent(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "." : path.slice(0, slash);
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The paths of the files directly in a directory, in code-unit order. */
export function filesIn(files: Files, directory: string): readonly string[] {
  return files.list(directory).filter((path) => parent(path) === directory);
}
