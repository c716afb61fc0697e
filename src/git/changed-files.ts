import { runGit } from "./run-git.ts";

/** The files that differ between two commits or trees, relative to the repository root; `undefined` when git cannot tell. */
export function changedFiles(root: string, before: string, after: string): readonly string[] | undefined {
  const { status, stdout } = runGit(root, ["diff", "--name-only", "--no-renames", "-z", before, after]);
  return status === 0 ? stdout.toString().split("\0").filter(Boolean) : undefined;
}

/** The files that differ between a commit and the working tree, those that git does not know yet included. */
export function changedInWorkingTree(root: string, before: string): readonly string[] | undefined {
  const asked = [
    runGit(root, ["diff", "--name-only", "--no-renames", "-z", before]),
    runGit(root, ["ls-files", "--others", "--exclude-standard", "-z"]),
  ];
  if (asked.some(({ status }) => status !== 0)) return undefined;
  return asked.flatMap(({ stdout }) => stdout.toString().split("\0").filter(Boolean));
}
