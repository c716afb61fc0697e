import { deepen, isShallow } from "./deepen.ts";
import { askGit, type GitEnvironment, runGit } from "./run-git.ts";

/** A commit that a ref of origin should be at. */
export interface WantedHead {
  /** For example `refs/pull/7/head`. */
  readonly ref: string;
  readonly commit: string;
}

/** How many refs one command asks for. */
const batch = 100;

/**
 * Brings these commits into the clone, and as much history as it takes until each meets HEAD's. Makes and moves no branch. What
 * could not be fetched is simply not there: a ref may be gone, or have moved on.
 * @param environment what git needs to be let in; see `gitCredentials`
 */
export function fetchHeads(root: string, wanted: readonly WantedHead[], environment: GitEnvironment = {}): void {
  const depth = isShallow(root) ? ["--depth=1"] : [];
  const fetch = (refs: readonly string[]): boolean =>
    runGit(root, ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", ...depth, "origin", ...refs], {
      environment,
    }).status === 0;
  const missing = wanted.filter(({ commit }) => !hasCommit(root, commit)).map(({ ref }) => ref);
  for (let at = 0; at < missing.length; at += batch) {
    const refs = missing.slice(at, at + batch);
    // One that is gone fails them all.
    if (!fetch(refs)) for (const ref of refs) fetch([ref]);
  }
  const apart = () => wanted.filter(({ commit }) => hasCommit(root, commit) && !meetsHead(root, commit));
  deepen(
    root,
    () => apart().length === 0,
    () => apart().map(({ ref }) => ref),
    environment,
  );
}

/** Whether the clone has this commit. */
export const hasCommit = (root: string, commit: string): boolean =>
  askGit(root, ["rev-parse", "--verify", "--quiet", `${commit}^{commit}`]) !== undefined;

const meetsHead = (root: string, commit: string): boolean => askGit(root, ["merge-base", commit, "HEAD"]) !== undefined;
