import { existsSync, realpathSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { ConfigurationError } from "../errors.ts";
import { askGit } from "./run-git.ts";

/** The repository that a directory lies in. */
export interface RepositoryRoot {
  /** Absolute and free of symbolic links. */
  readonly root: string;
  /** The directory asked about, relative to `root` with `/`; `.` for the root itself. */
  readonly directory: string;
}

/**
 * The top of the git work tree that holds this directory, or the directory itself where there is none.
 * Works without git too, by looking for `.git` upwards.
 * @throws ConfigurationError when the directory does not exist, or is git's own
 */
export function repositoryRoot(directory: string): RepositoryRoot {
  let from: string;
  try {
    from = realpathSync.native(directory);
  } catch (cause) {
    throw new ConfigurationError(`The directory ${directory} does not exist or cannot be read.`, { cause });
  }
  const answer = askGit(from, ["rev-parse", "--show-toplevel"]);
  if (answer === undefined && askGit(from, ["rev-parse", "--is-inside-git-dir"]) === "true")
    throw new ConfigurationError(
      `${directory} is git's own directory, or a bare repository: no files are checked out there. Run Headgate in a work tree (git worktree add makes one).`,
    );
  const root = answer === undefined ? upwards(from) : realpathSync.native(answer);
  return { root, directory: relative(root, from).split(sep).join("/") || "." };
}

/**
 * The directories that may be the top of the work tree around a directory, without asking git: those above it that hold `.git`,
 * or itself where none does; its own name where it does not exist.
 */
export function possibleRoots(directory: string): readonly string[] {
  const from = existsSync(directory) ? realpathSync.native(directory) : resolve(directory);
  const found: string[] = [];
  for (let candidate = from; ; candidate = dirname(candidate)) {
    if (existsSync(join(candidate, ".git"))) found.push(candidate);
    if (candidate === dirname(candidate)) return found.length > 0 ? found : [from];
  }
}

function upwards(from: string): string {
  for (let candidate = from; ; candidate = dirname(candidate)) {
    if (existsSync(join(candidate, ".git"))) return candidate;
    if (candidate === dirname(candidate)) return from;
  }
}
