import { runGit } from "./run-git.ts";

/** Folders of a work tree that git ignores whole, relative to it, without the folders inside them; none where git cannot tell. */
export function ignoredFolders(root: string): readonly string[] {
  const command = ["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory"];
  const { status, stdout } = runGit(root, command);
  if (status !== 0) return [];
  return stdout
    .toString()
    .split("\0")
    .filter((path) => path.endsWith("/"))
    .map((path) => path.slice(0, -1));
}
