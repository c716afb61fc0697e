import { UsageError } from "../errors.ts";
import { askGit, runGit } from "./run-git.ts";

/** What a change is compared with: the tip of a branch of origin, or a commit. */
export type BaseTarget =
  | { readonly kind: "branch"; readonly name: string }
  | { readonly kind: "commit"; readonly commit: string };

/** How many more commits each attempt asks for, in a clone that is shallow. The attempt after the last asks for all. */
const steps = [50, 200, 1000];

/**
 * Brings the current tip of the target into this clone, and as much history as it takes until it meets HEAD's. Uses git with
 * the clone's own credentials, and makes no whole clone shallow.
 * @param root absolute, in the work tree
 * @returns the base as `findBase` takes it
 * @throws UsageError when git cannot fetch it, with what to do
 */
export function fetchBase(root: string, target: BaseTarget): string {
  const ref = target.kind === "branch" ? `origin/${target.name}` : target.commit;
  const source =
    target.kind === "branch" ? `+refs/heads/${target.name}:refs/remotes/origin/${target.name}` : target.commit;
  const isHere = () => askGit(root, ["rev-parse", "--verify", "--quiet", `${ref}^{commit}`]) !== undefined;
  const isShallow = () => askGit(root, ["rev-parse", "--is-shallow-repository"]) === "true";
  const meets = () => askGit(root, ["merge-base", ref, "HEAD"]) !== undefined;
  const fetch = (...args: readonly string[]) =>
    runGit(root, ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", ...args]);

  if (target.kind === "branch" || !isHere()) {
    const { status, stderr } = fetch(...(isShallow() ? ["--depth=1"] : []), "origin", source);
    if (status !== 0 && !isHere())
      throw new UsageError(`The base ${show(ref)} could not be fetched: ${complaint(stderr)}. ${remedy}`);
  }
  const head = askGit(root, ["rev-parse", "HEAD"]) ?? "HEAD";
  for (const step of [...steps, undefined]) {
    if (meets() || !isShallow()) break;
    const { status, stderr } = fetch(step === undefined ? "--unshallow" : `--deepen=${step}`, "origin", head, source);
    if (status !== 0)
      throw new UsageError(
        `This clone is shallow and its history could not be deepened to where it meets ${show(ref)}: ${complaint(stderr)}. ${remedy}`,
      );
  }
  return ref;
}

const remedy = "Set fetch-depth: 0 on actions/checkout, so that the history is there from the start.";

/** The line in which git says what is wrong. */
const complaint = (stderr: string): string => {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  const said = lines.find((line) => /^(fatal|error): /.test(line)) ?? lines[0] ?? "git said nothing";
  return said
    .replace(/^(fatal|error): /, "")
    .replaceAll(/\/\/[^\s/@]+@/g, "//")
    .replace(/\.$/, "");
};

/** A name from outside, made safe to print. */
const show = (name: string): string => JSON.stringify(name).replace(/^"([\w./@{}^~-]+)"$/, "$1");
