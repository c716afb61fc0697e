import { runGit } from "./run-git.ts";

/** One file of a work tree as git lists it; `path` relative to the directory asked about, as bytes. */
export interface ListedFile {
  readonly path: Buffer;
  readonly tracked: boolean;
  /** Whether it is a symbolic link; not known for files that are not tracked. */
  readonly isLink: boolean | undefined;
  /** Whether it may be absent from the disk because the checkout is sparse. */
  readonly mayBeAbsent: boolean;
}

/**
 * The files below a directory that git tracks, or would on `git add`: those it ignores and those deleted are not listed,
 * nor is anything inside a submodule or another repository. `undefined` when git cannot tell.
 * @param exclude names of folders that need not be looked into for untracked files
 */
export function listFiles(directory: string, exclude: Iterable<string>): readonly ListedFile[] | undefined {
  const command = ["ls-files", "-z", "-t", "--stage", "--cached", "--others", "--deleted", "--exclude-standard"];
  const { status, stdout } = runGit(directory, [
    ...command,
    ...[...exclude].flatMap((name) => ["--exclude", `${name}/`]),
  ]);
  if (status !== 0) return undefined;
  const files = new Map<string, ListedFile>();
  for (const record of splitAtZero(stdout)) {
    const tag = String.fromCharCode(record[0] ?? 0);
    if (tag === "?") {
      const path = record.subarray(2);
      // Ends in a slash: a repository of its own.
      if (path.at(-1) !== 0x2f)
        files.set(path.toString("latin1"), { path, tracked: false, isLink: undefined, mayBeAbsent: false });
      continue;
    }
    const tab = record.indexOf(0x09);
    const path = record.subarray(tab + 1);
    const mode = record.subarray(2, 8).toString();
    const key = path.toString("latin1");
    if (tag === "R") files.delete(key);
    else if (mode !== "160000")
      files.set(key, { path, tracked: true, isLink: mode === "120000", mayBeAbsent: tag === "S" });
  }
  return [...files.values()];
}

/** One file of a commit; `path` relative to the directory asked about, as bytes. */
export interface CommittedFile {
  readonly path: Buffer;
  readonly isLink: boolean;
  /** The object that holds its content. */
  readonly object: string;
}

/** The files of a commit below a directory, submodules left out. `undefined` when git cannot tell. */
export function listCommit(directory: string, commit: string): readonly CommittedFile[] | undefined {
  const { status, stdout } = runGit(directory, ["ls-tree", "-r", "-z", commit]);
  if (status !== 0) return undefined;
  return splitAtZero(stdout).flatMap((record) => {
    const tab = record.indexOf(0x09);
    const [mode, type, object] = record.subarray(0, tab).toString().split(" ");
    if (type !== "blob" || object === undefined) return [];
    return [{ path: record.subarray(tab + 1), isLink: mode === "120000", object }];
  });
}

/** The contents of git objects, by name; those that git does not have are missing from the answer. */
export function readObjects(directory: string, objects: readonly string[]): ReadonlyMap<string, Buffer> {
  const { stdout } = runGit(directory, ["cat-file", "--batch"], {
    input: objects.map((object) => `${object}\n`).join(""),
  });
  const contents = new Map<string, Buffer>();
  for (let start = 0; start < stdout.length;) {
    const end = stdout.indexOf(0x0a, start);
    if (end === -1) break;
    const [object, type, size] = stdout.subarray(start, end).toString().split(" ");
    start = end + 1;
    if (object === undefined || type === "missing" || size === undefined) continue;
    const length = Number(size);
    // Cut short: git was stopped in the middle.
    if (start + length > stdout.length) break;
    contents.set(object, stdout.subarray(start, start + length));
    start += length + 1;
  }
  return contents;
}

function splitAtZero(output: Buffer): readonly Buffer[] {
  const parts: Buffer[] = [];
  for (let start = 0; start < output.length;) {
    const end = output.indexOf(0, start);
    parts.push(output.subarray(start, end === -1 ? output.length : end));
    start = (end === -1 ? output.length : end) + 1;
  }
  return parts;
}
