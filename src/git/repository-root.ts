import { realpathSync } from "node:fs";
import { relative, sep } from "node:path";
import { ConfigurationError } from "../errors.ts";
import { possibleRoots } from "./possible-roots.ts";
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
  const root = answer === undefined ? (possibleRoots(from)[0] ?? from) : realpathSync.native(answer);
  return { root, directory: relative(root, from).split(sep).join("/") || "." };
}
