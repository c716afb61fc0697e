import { UsageError } from "../errors.ts";
import { askGit, runGit, whyNoGit } from "./run-git.ts";

/** Which commit decides what is new. */
export type Base =
  | {
      readonly kind: "commit";
      /** The merge base of `ref` and `HEAD`: what is in it is not new. Full object name. */
      readonly commit: string;
      /** The ref as git knows it, for messages; `origin/main` where `main` was asked for and only that exists. */
      readonly ref: string;
      /** Where `ref` is now: it may hold revisions that this branch does not have yet. Full object name. */
      readonly tip: string;
      /** For people: how the commit was found. */
      readonly how: string;
    }
  /** Every revision counts as new; `reason` says why, as a sentence without its full stop. */
  | { readonly kind: "none"; readonly reason: string };

/** What a repository without any word about its default branch most likely calls it. */
const defaultRefs = ["origin/HEAD", "origin/main", "origin/master", "main", "master"];

/**
 * The commit at which this branch left `ref`, or left the default branch where no ref is given.
 * @param root absolute, in the work tree
 * @param paths what is looked at for uncommitted changes when `HEAD` is on the default branch itself; relative to `root`
 * @throws UsageError when a given ref cannot be used, with the command that fetches what is missing
 */
export function findBase(root: string, ref: string | undefined, paths: readonly string[] = ["."]): Base {
  const noGit = whyNoGit(root);
  if (ref === undefined)
    return noGit === undefined ? guessBase(root, paths) : { kind: "none", reason: noGit.replace(/\.$/, "") };
  if (noGit !== undefined) throw new UsageError(`The base ${show(ref)} cannot be used: ${noGit}`);
  return givenBase(root, ref);
}

function givenBase(root: string, asked: string): Base {
  if (asked.trim() === "" || asked.startsWith("-"))
    throw new UsageError(`${show(asked)} is not a git ref. Name a branch, a tag or a commit, for example origin/main.`);
  if (commitOf(root, "HEAD") === undefined)
    throw new UsageError(`The base ${show(asked)} cannot be used: this repository has no commit yet.`);
  const branch = asked.replace(/^refs\/heads\//, "");
  const ref = [asked, `origin/${branch}`].find((candidate) => commitOf(root, candidate) !== undefined);
  const tip = ref === undefined ? undefined : commitOf(root, ref);
  if (ref === undefined || tip === undefined)
    throw new UsageError(`There is no commit ${show(asked)} in this clone. ${howToFetch(root, branch)}`);
  const commit = mergeBase(root, tip);
  if (commit !== undefined) return { kind: "commit", commit, ref, tip, how: `merge base of ${ref} and HEAD` };
  throw new UsageError(
    isShallow(root)
      ? `This clone is shallow: its history ends before the commit where HEAD left ${show(ref)}. ${howToDeepen}`
      : `${show(ref)} and HEAD share no commit. Name a base that this branch started from.`,
  );
}

function guessBase(root: string, paths: readonly string[]): Base {
  const head = commitOf(root, "HEAD");
  if (head === undefined) return { kind: "none", reason: "this repository has no commit yet" };
  const found = defaultRefs.find((candidate) => commitOf(root, candidate) !== undefined);
  const tip = found === undefined ? undefined : commitOf(root, found);
  if (found === undefined || tip === undefined)
    return {
      kind: "none",
      reason: `this clone has none of ${defaultRefs.join(", ")} to compare with; name the default branch with --base${howToHaveDefault(root)}`,
    };
  const ref = askGit(root, ["rev-parse", "--abbrev-ref", found]) ?? found;
  const commit = mergeBase(root, tip);
  if (commit === undefined)
    return {
      kind: "none",
      reason: isShallow(root)
        ? `this clone is shallow and its history ends before HEAD and ${ref} meet; to compare, ${howToDeepen[0]?.toLowerCase()}${howToDeepen.slice(1, -1)}`
        : `HEAD and ${ref} share no commit`,
    };
  if (commit === head && !hasChanges(root, paths))
    return { kind: "none", reason: "on the default branch with nothing changed: every revision is checked" };
  return { kind: "commit", commit, ref, tip, how: `merge base of ${ref} and HEAD` };
}

/** A branch before a tag of the same name, which git would take first and anybody may have made. */
function commitOf(root: string, ref: string): string | undefined {
  const spellings = ref === "HEAD" ? [ref] : [`refs/heads/${ref}`, `refs/remotes/${ref}`, ref];
  for (const spelling of spellings) {
    const commit = askGit(root, ["rev-parse", "--verify", "--quiet", `${spelling}^{commit}`]);
    if (commit !== undefined) return commit;
  }
  return undefined;
}

const mergeBase = (root: string, tip: string): string | undefined =>
  askGit(root, ["merge-base", tip, "HEAD"])?.split("\n")[0];

const isShallow = (root: string): boolean => askGit(root, ["rev-parse", "--is-shallow-repository"]) === "true";

/** Whether anything below the paths differs from `HEAD` or is not tracked. */
function hasChanges(root: string, paths: readonly string[]): boolean {
  const command = ["status", "--porcelain", "-z", "--untracked-files=all", "--ignore-submodules=all", "--"];
  const { status, stdout } = runGit(root, [...command, ...paths]);
  return status !== 0 || stdout.length > 0;
}

const howToDeepen =
  "Run git fetch --unshallow, or git fetch --deepen=200 until it is found; in GitHub Actions set fetch-depth: 0 on actions/checkout.";

/** A clone of one branch, as that of a pull request's often is, has no other. */
function howToHaveDefault(root: string): string {
  const unshallow = isShallow(root) ? "--unshallow " : "";
  const [remote] = askGit(root, ["remote"])?.split("\n") ?? [];
  if (remote === undefined || !/^[\w.-]+$/.test(remote)) return "";
  return `, or fetch it first, for example with git fetch ${unshallow}${remote} +refs/heads/main:refs/remotes/${remote}/main; in GitHub Actions set fetch-depth: 0 on actions/checkout`;
}

/** Names are put into a command only when a shell takes them as they are: branch names may come from strangers. */
function howToFetch(root: string, branch: string): string {
  const remotes = askGit(root, ["remote"])?.split("\n") ?? [];
  const named = remotes.find((remote) => branch.startsWith(`${remote}/`));
  const remote = named ?? (remotes.includes("origin") ? "origin" : remotes[0]);
  const name = named === undefined ? branch : branch.slice(named.length + 1);
  if (remote === undefined) return "Name a branch, a tag or a commit that exists here.";
  if (!/^[A-Za-z0-9_][\w./-]*$/.test(name) || !/^[\w.-]+$/.test(remote))
    return `Check its spelling, or fetch it first.`;
  const unshallow = isShallow(root) ? "--unshallow " : "";
  const refspec = /^[0-9a-f]{40,64}$/.test(name) ? name : `+refs/heads/${name}:refs/remotes/${remote}/${name}`;
  return (
    `Fetch it with git fetch ${unshallow}${remote} ${refspec}` +
    (unshallow ? "; in GitHub Actions set fetch-depth: 0 on actions/checkout." : ".")
  );
}

/** A name from outside, made safe to print. */
const show = (name: string): string => JSON.stringify(name).replace(/^"([\w./@{}^~-]+)"$/, "$1");
