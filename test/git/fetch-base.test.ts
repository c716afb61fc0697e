import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { fetchBase } from "../../src/git/fetch-base.ts";
import { findBase } from "../../src/git/merge-base.ts";
import { testDirectory, testRepository, type TestRepository } from "../support/repository.ts";

/** main: `before` commits, the branching off, then `after` more; feature: `own` commits; HEAD of the clone: their merge. */
function origin({ before, after, own }: { before: number; after: number; own: number }) {
  const repository = testRepository();
  const commits = (prefix: string, count: number) => {
    for (let index = 0; index < count; index++)
      repository.git("commit", "--quiet", "--allow-empty", "-m", `${prefix}${index}`);
  };
  repository.commit({ "a.sql": "select 1" });
  commits("before", before);
  repository.git("switch", "--quiet", "--create", "feature");
  repository.commit({ "b.sql": "select 2" });
  commits("own", own);
  repository.git("switch", "--quiet", "main");
  commits("after", after);
  const tip = repository.git("rev-parse", "main");
  repository.git("switch", "--quiet", "--detach");
  repository.git("merge", "--quiet", "--no-edit", "feature");
  const merge = repository.git("rev-parse", "HEAD");
  repository.git("update-ref", "refs/pull/7/merge", merge);
  repository.git("switch", "--quiet", "main");
  return { repository, tip, merge };
}

/** What actions/checkout leaves behind: one commit, detached, and no branch. */
function checkout(from: TestRepository, commit: string, ...depth: readonly string[]): TestRepository {
  const clone = testDirectory();
  clone.git("init", "--quiet");
  clone.git("remote", "add", "origin", pathToFileURL(from.root).href);
  clone.git("fetch", "--quiet", "--no-tags", ...depth, "origin", `+${commit}:refs/remotes/pull/7/merge`);
  clone.git("checkout", "--quiet", "--detach", "refs/remotes/pull/7/merge");
  return clone;
}

const isShallow = (clone: TestRepository) => clone.git("rev-parse", "--is-shallow-repository") === "true";

describe("a shallow clone of a pull request's merge", () => {
  test("is deepened just as far as the base", () => {
    const { repository, tip, merge } = origin({ before: 120, after: 3, own: 2 });
    using _ = repository;
    using clone = checkout(repository, merge, "--depth=1");
    expect(fetchBase(clone.root, { kind: "branch", name: "main" })).toBe("origin/main");
    expect(findBase(clone.root, "origin/main")).toMatchObject({ commit: tip, tip });
    expect(isShallow(clone)).toBe(true);
  });

  test("is compared with where the base branch is now", () => {
    const { repository, tip, merge } = origin({ before: 2, after: 1, own: 1 });
    using _ = repository;
    const newer = repository.commit({ "c.sql": "select 3" });
    using clone = checkout(repository, merge, "--depth=1");
    fetchBase(clone.root, { kind: "branch", name: "main" });
    expect(findBase(clone.root, "origin/main")).toMatchObject({ commit: tip, tip: newer });
  });

  test("is deepened far, when the base has moved far", () => {
    const { repository, tip, merge } = origin({ before: 1, after: 1, own: 1 });
    using _ = repository;
    for (let index = 0; index < 300; index++)
      repository.git("commit", "--quiet", "--allow-empty", "-m", `later${index}`);
    using clone = checkout(repository, merge, "--depth=1");
    fetchBase(clone.root, { kind: "branch", name: "main" });
    expect(findBase(clone.root, "origin/main")).toMatchObject({ commit: tip });
  });

  test("can be compared with a commit", () => {
    const { repository, tip, merge } = origin({ before: 2, after: 1, own: 1 });
    using _ = repository;
    using clone = checkout(repository, merge, "--depth=1");
    expect(fetchBase(clone.root, { kind: "commit", commit: tip })).toBe(tip);
    expect(findBase(clone.root, tip)).toMatchObject({ commit: tip });
  });
});

test("a whole clone stays whole", () => {
  const { repository, tip, merge } = origin({ before: 5, after: 3, own: 2 });
  using _ = repository;
  using clone = checkout(repository, merge);
  fetchBase(clone.root, { kind: "branch", name: "main" });
  expect(isShallow(clone)).toBe(false);
  expect(findBase(clone.root, "origin/main")).toMatchObject({ commit: tip });
});

test("a clone that has the base does without its origin", () => {
  const { repository, tip, merge } = origin({ before: 5, after: 3, own: 2 });
  using _ = repository;
  using clone = checkout(repository, merge);
  clone.git("fetch", "--quiet", "origin", "+refs/heads/main:refs/remotes/origin/main");
  clone.git("remote", "set-url", "origin", "file:///nowhere");
  expect(fetchBase(clone.root, { kind: "branch", name: "main" })).toBe("origin/main");
  expect(findBase(clone.root, "origin/main")).toMatchObject({ commit: tip });
});

describe("what cannot be fetched", () => {
  const refusal = (root: string, name: string): string => {
    try {
      fetchBase(root, { kind: "branch", name });
    } catch (error) {
      if (error instanceof UsageError) return error.message;
      throw error;
    }
    throw new Error("It was fetched.");
  };

  test("is said, with what to do", () => {
    const { repository, merge } = origin({ before: 1, after: 1, own: 1 });
    using _ = repository;
    using clone = checkout(repository, merge, "--depth=1");
    expect(refusal(clone.root, "no-such-branch")).toBe(
      "The base origin/no-such-branch could not be fetched: couldn't find remote ref refs/heads/no-such-branch. Set fetch-depth: 0 on actions/checkout, so that the history is there from the start.",
    );
    clone.git("remote", "set-url", "origin", "https://somebody:hush@127.0.0.1:1/x.git");
    expect(refusal(clone.root, "main")).toMatch(/could not be fetched: .*Set fetch-depth: 0/);
    expect(refusal(clone.root, "main")).not.toContain("hush");
  });

  test("is never an option of git's", () => {
    const { repository, merge } = origin({ before: 1, after: 1, own: 1 });
    using _ = repository;
    using clone = checkout(repository, merge, "--depth=1");
    expect(refusal(clone.root, "--upload-pack=touch /tmp/x")).toContain("could not be fetched");
  });
});
