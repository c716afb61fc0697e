import { runGit } from "./run-git.ts";

/** What git makes of merging two commits. */
export type MergedTree =
  | { readonly kind: "merged"; readonly tree: string }
  /** `files`: relative to the repository root. In `tree` they hold both sides, marked. */
  | { readonly kind: "conflicts"; readonly tree: string; readonly files: readonly string[] }
  /** They share no commit, or git is older than 2.38; `reason` is what it says. */
  | { readonly kind: "failed"; readonly reason: string };

/** Merges two commits as `git merge` would, without a checkout and without touching a branch. Runs no program of the repository's. */
export function mergeTree(root: string, ours: string, theirs: string): MergedTree {
  const { status, stdout, stderr } = runGit(root, [
    "merge-tree",
    "--write-tree",
    "--no-messages",
    "--name-only",
    "-z",
    ours,
    theirs,
  ]);
  const [tree = "", ...files] = stdout.toString().split("\0").filter(Boolean);
  if (status === 0) return { kind: "merged", tree };
  if (status === 1 && tree !== "") return { kind: "conflicts", tree, files };
  return { kind: "failed", reason: stderr.split("\n")[0]?.replace(/^(fatal|error): /, "") ?? "git said nothing" };
}

/** Makes a commit of a merged tree, which no branch leads to; `undefined` when git cannot. */
export function writeMerge(root: string, tree: string, parents: readonly string[]): string | undefined {
  const somebody = { name: "Headgate", email: "headgate@localhost", date: "1970-01-01T00:00:00Z" };
  const environment = Object.fromEntries(
    ["AUTHOR", "COMMITTER"].flatMap((role) =>
      Object.entries(somebody).map(([what, value]) => [`GIT_${role}_${what.toUpperCase()}`, value]),
    ),
  );
  const command = ["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent]), "-m", "merge"];
  const { status, stdout } = runGit(root, ["-c", "commit.gpgSign=false", ...command], { environment });
  return status === 0 ? stdout.toString().trim() : undefined;
}
