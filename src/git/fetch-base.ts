import { UsageError } from "../errors.ts";
import { complaint, deepen, isShallow } from "./deepen.ts";
import { askGit, type GitEnvironment, runGit } from "./run-git.ts";

/** What a change is compared with: the tip of a branch of origin, or a commit. */
export type BaseTarget =
  | { readonly kind: "branch"; readonly name: string }
  | { readonly kind: "commit"; readonly commit: string };

/**
 * Brings the current tip of the target into this clone, and as much history as it takes until it meets HEAD's. Uses git with
 * the clone's own credentials, and makes no whole clone shallow.
 * @param root absolute, in the work tree
 * @param environment what git needs to be let in; see `gitCredentials`
 * @returns the base as `findBase` takes it
 * @throws UsageError when git cannot fetch it, with what to do
 */
export function fetchBase(root: string, target: BaseTarget, environment: GitEnvironment = {}): string {
  const ref = target.kind === "branch" ? `origin/${target.name}` : target.commit;
  const source =
    target.kind === "branch" ? `+refs/heads/${target.name}:refs/remotes/origin/${target.name}` : target.commit;
  const isHere = () => askGit(root, ["rev-parse", "--verify", "--quiet", `${ref}^{commit}`]) !== undefined;
  const meets = () => askGit(root, ["merge-base", ref, "HEAD"]) !== undefined;
  const fetch = (...args: readonly string[]) =>
    runGit(root, ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", ...args], { environment });

  if (target.kind === "branch" || !isHere()) {
    const { status, stderr } = fetch(...(isShallow(root) ? ["--depth=1"] : []), "origin", source);
    if (status !== 0 && !isHere())
      throw new UsageError(`The base ${show(ref)} could not be fetched: ${complaint(stderr)}. ${remedy}`);
  }
  const { complaint: problem } = deepen(root, meets, [source], environment);
  if (problem !== undefined)
    throw new UsageError(
      `This clone is shallow and its history could not be deepened to where it meets ${show(ref)}: ${problem}. ${remedy}`,
    );
  return ref;
}

const remedy = "Set fetch-depth: 0 on actions/checkout, so that the history is there from the start.";

/** A name from outside, made safe to print. */
const show = (name: string): string => JSON.stringify(name).replace(/^"([\w./@{}^~-]+)"$/, "$1");
