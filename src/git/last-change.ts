import { runGit } from "./run-git.ts";

/**
 * The commit of the checked-out branch's own line with which a file came to be as it is: of a merge the merge, not the commit
 * that was merged. `undefined` when git does not know the file.
 * @param path relative to the repository root
 */
export function lastChange(root: string, path: string): string | undefined {
  const { status, stdout } = runGit(root, ["log", "-1", "--first-parent", "--format=%H", "HEAD", "--", path]);
  const commit = stdout.toString("utf8").trim();
  return status === 0 && commit !== "" ? commit : undefined;
}

/** Whether the clone lacks what is older than some commit, so that its oldest commit seems to have brought everything. */
export const isShallow = (root: string): boolean =>
  runGit(root, ["rev-parse", "--is-shallow-repository"]).stdout.toString("utf8").trim() === "true";
