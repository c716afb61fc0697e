import { runGit } from "./run-git.ts";

/** Committed files below these paths that a sparse checkout leaves out of the work tree; none where git does not answer. */
export function notCheckedOut(root: string, paths: readonly string[]): readonly string[] {
  if (paths.length === 0) return [];
  const { status, stdout } = runGit(root, ["ls-files", "-t", "-z", "--", ...paths]);
  if (status !== 0) return [];
  return stdout
    .toString("utf8")
    .split("\0")
    .flatMap((line) => (line.startsWith("S ") ? [line.slice(2)] : []));
}
