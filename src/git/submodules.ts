import { askGit, runGit } from "./run-git.ts";

/**
 * The paths of a repository's submodules.
 * @param base only those that are at another commit than in this one
 */
export function submodules(root: string, base?: string): readonly string[] {
  const { status, stdout } = runGit(root, ["ls-files", "-z", "--stage"]);
  if (status !== 0) return [];
  return stdout
    .toString("utf8")
    .split("\0")
    .flatMap((record) => {
      const [, commit, path] = /^160000 ([0-9a-f]+) \d\t(.+)$/s.exec(record) ?? [];
      if (commit === undefined || path === undefined) return [];
      return base !== undefined && submoduleAt(root, base, path) === commit ? [] : [path];
    });
}

/** The commit that a submodule has in a commit of the repository it is in; nothing where it is not there. */
export const submoduleAt = (root: string, commit: string, path: string): string | undefined =>
  askGit(root, ["rev-parse", "--verify", "--quiet", `${commit}:${path}`]);
