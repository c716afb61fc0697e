import { rmSync } from "node:fs";
import { join } from "node:path";
import { fakeGitHub, owner, repo, type FakeOptions } from "../github/fake-github.ts";
import type { FakePull } from "../github/fake-pulls.ts";
import { testRepository, type TestRepository } from "../support/repository.ts";
import { checkout, runStep } from "./runner.ts";

/** Files by path; `undefined` deletes one. */
export type Tree = Readonly<Record<string, string | undefined>>;

/** A repository on GitHub, with pull requests whose branches are nowhere but under `refs/pull`, as forks' are. */
export function origin(main: Tree) {
  const repository = testRepository();
  const commit = (tree: Tree): string => {
    for (const [path, content] of Object.entries(tree))
      if (content === undefined) rmSync(join(repository.root, path));
      else repository.write({ [path]: content });
    return repository.commit({});
  };
  commit(main);
  return {
    repository,
    /** Opens a pull request from where main is. */
    open(number: number, tree: Tree): FakePull {
      repository.git("switch", "--quiet", "--detach", "main");
      const head = commit(tree);
      repository.git("update-ref", `refs/pull/${number}/head`, head);
      repository.git("switch", "--quiet", "main");
      return { number, head };
    },
    /** Pushes to main. */
    push(tree: Tree): string {
      return commit(tree);
    },
    [Symbol.dispose]: () => repository[Symbol.dispose](),
  };
}

const before = "0".repeat(40);

interface WatchOptions {
  /** Default: push. */
  readonly event?: string;
  /** Does something to the clone first. */
  readonly prepare?: (clone: TestRepository) => void;
  /** The program; see `Step`. */
  readonly main?: string;
}

/** Runs the action as on a push to main, on what actions/checkout leaves. */
export async function watched(
  { repository }: { readonly repository: TestRepository },
  github: Awaited<ReturnType<typeof fakeGitHub>>,
  inputs: Readonly<Record<string, string>> = {},
  { event = "push", prepare, main }: WatchOptions = {},
) {
  const sha = repository.git("rev-parse", "main");
  using clone = checkout(repository, sha);
  prepare?.(clone);
  const payload = {
    ref: "refs/heads/main",
    before,
    created: false,
    forced: false,
    repository: { default_branch: "main", full_name: `${owner}/${repo}` },
  };
  const result = await runStep({
    ...(main === undefined ? {} : { main }),
    workspace: clone.root,
    event: { name: event, payload, ref: "refs/heads/main" },
    sha,
    inputs: { mode: "watch", ...inputs },
    github,
  });
  return { ...result, refs: clone.git("for-each-ref", "--format=%(refname)") };
}

/** A migration of golang-migrate's. */
export const pairs = (name: string, up: string, down = "SELECT 1;\n"): Tree => ({
  [`migrations/${name}.up.sql`]: up,
  [`migrations/${name}.down.sql`]: down,
});
/** A history of one migration. */
export const main = pairs("000001_create_boats", "CREATE TABLE boats (id int);\n");
/** What is said on which commit. */
export const saying = (github: {
  readonly statuses: readonly { commit: string; state: string; description: string }[];
}) => github.statuses.map(({ commit, state, description }) => [commit, state, description]);
/** GitHub with these pull requests open. */
export const fake = (pulls: readonly FakePull[], options: FakeOptions = {}) => fakeGitHub({ pulls, ...options });
