import { askGit, type GitEnvironment, runGit } from "./run-git.ts";

/** How many more commits each attempt asks for, in a clone that is shallow. The attempt after the last asks for all. */
const steps = [50, 200, 1000];

/** Whether the clone's history is cut off somewhere. */
export const isShallow = (root: string): boolean => askGit(root, ["rev-parse", "--is-shallow-repository"]) === "true";

/**
 * Fetches more of the history of HEAD and of these refs of origin, until it is enough or all there is. A whole clone is left
 * as it is.
 * @param isEnough asked before each attempt
 * @param sources refspecs, or a function that gives those still of interest
 * @returns what git complained about, where it could not
 */
export function deepen(
  root: string,
  isEnough: () => boolean,
  sources: readonly string[] | (() => readonly string[]),
  environment: GitEnvironment = {},
): { readonly complaint?: string } {
  const head = askGit(root, ["rev-parse", "HEAD"]) ?? "HEAD";
  for (const step of [...steps, undefined]) {
    if (isEnough() || !isShallow(root)) break;
    const wanted = typeof sources === "function" ? sources() : sources;
    const more = step === undefined ? "--unshallow" : `--deepen=${step}`;
    const command = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", more, "origin", head, ...wanted];
    const { status, stderr } = runGit(root, command, { environment });
    if (status !== 0) return { complaint: complaint(stderr) };
  }
  return {};
}

/** The line in which git says what is wrong. */
export const complaint = (stderr: string): string => {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  const said = lines.find((line) => /^(fatal|error): /.test(line)) ?? lines[0] ?? "git said nothing";
  return said
    .replace(/^(fatal|error): /, "")
    .replaceAll(/\/\/[^\s/@]+@/g, "//")
    .replace(/\.$/, "");
};
