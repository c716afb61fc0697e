import { chmodSync, chownSync, existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { workingTree } from "../../src/files/working-tree.ts";
import { type Base, findBase } from "../../src/git/merge-base.ts";
import { cloneOf, testDirectory, testRepository } from "../support/repository.ts";

function refusal(root: string, ref: string): string {
  try {
    findBase(root, ref);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error(`${ref} was accepted.`);
}

const commitOf = (base: Base): string | undefined => (base.kind === "commit" ? base.commit : undefined);
const reasonOf = (base: Base): string | undefined => (base.kind === "none" ? base.reason : undefined);

/** main: one, two; feature branches off at one. */
function branched() {
  const repository = testRepository();
  const one = repository.commit({ "migrations/0001.sql": "select 1" });
  repository.git("switch", "--quiet", "--create", "feature");
  repository.commit({ "migrations/0003.sql": "select 3" });
  repository.git("switch", "--quiet", "main");
  const two = repository.commit({ "migrations/0002.sql": "select 2" });
  repository.git("switch", "--quiet", "feature");
  return { repository, one, two };
}

describe("with a ref", () => {
  test("is where the branch left it, not where it is now", () => {
    const { repository, one, two } = branched();
    using _ = repository;
    expect(findBase(repository.root, "main")).toMatchObject({ kind: "commit", commit: one, tip: two, ref: "main" });
    expect(commitOf(findBase(repository.root, "refs/heads/main"))).toBe(one);
    expect(commitOf(findBase(repository.root, two))).toBe(one);
  });

  test("works on a detached head, in a linked work tree, and in a directory below the root", () => {
    const { repository, one } = branched();
    using _ = repository;
    using other = testDirectory();
    repository.git("worktree", "add", "--quiet", join(other.root, "linked"), "--detach", "feature");
    expect(commitOf(findBase(join(other.root, "linked"), "main"))).toBe(one);
    expect(commitOf(findBase(join(repository.root, "migrations"), "main"))).toBe(one);
  });

  test("is a branch before a tag of the same name, which anybody may have made", () => {
    const { repository, one, two } = branched();
    using _ = repository;
    repository.git("update-ref", "refs/remotes/origin/main", two);
    for (const ref of ["main", "origin/main"]) {
      repository.git("tag", ref, "feature");
      expect(findBase(repository.root, ref)).toMatchObject({ commit: one, tip: two });
    }
    repository.git("tag", "v1", one);
    expect(findBase(repository.root, "v1")).toMatchObject({ commit: one, ref: "v1" });
  });

  test("falls back to the branch of origin where there is no local one", () => {
    const { repository, one } = branched();
    using _ = repository;
    using clone = cloneOf(repository);
    clone.git("switch", "--quiet", "--detach");
    expect(findBase(clone.root, "main")).toMatchObject({ commit: one, ref: "origin/main" });
  });

  test.each(["-x", "--help", "--output=/tmp/x", "", " "])("refuses %j", (ref) => {
    const { repository } = branched();
    using _ = repository;
    expect(refusal(repository.root, ref)).toContain("is not a git ref");
  });

  test("a branch that does not exist: the command it names makes it exist", () => {
    const { repository, one } = branched();
    using _ = repository;
    using clone = cloneOf(repository, "--single-branch", "--branch=feature");
    const message = refusal(clone.root, "main");
    const command = /git (fetch origin \S+)\.$/.exec(message)?.[1];
    expect(message).toContain("There is no commit main in this clone.");
    clone.git(...(command ?? "").split(" "));
    expect(commitOf(findBase(clone.root, "main"))).toBe(one);
  });

  test("a shallow clone without the branch: the command it names makes it work", () => {
    const { repository, one } = branched();
    using _ = repository;
    repository.git("switch", "--quiet", "main");
    using clone = cloneOf(repository, "--depth=1", "--branch=feature");
    const message = refusal(clone.root, "origin/main");
    expect(message).toContain("fetch-depth: 0");
    expect(reasonOf(findBase(clone.root, undefined))).toContain(
      /git fetch --unshallow origin [^\s;]+/.exec(message)?.[0],
    );
    clone.git(...(/git (fetch --unshallow origin [^\s;]+)/.exec(message)?.[1] ?? "").split(" "));
    expect(commitOf(findBase(clone.root, "origin/main"))).toBe(one);
  });

  test("a shallow clone with both branches but not where they meet: says how to deepen", () => {
    const { repository, one } = branched();
    using _ = repository;
    // A clone takes what its origin is on for the default branch.
    repository.git("switch", "--quiet", "main");
    using clone = cloneOf(repository, "--depth=1", "--no-single-branch", "--branch=feature");
    const message = refusal(clone.root, "origin/main");
    expect(message).toContain("This clone is shallow");
    expect(message).toContain("git fetch --deepen=200");
    expect(reasonOf(findBase(clone.root, undefined))).toContain("git fetch --unshallow");
    clone.git("fetch", "--quiet", "--unshallow");
    expect(commitOf(findBase(clone.root, "origin/main"))).toBe(one);
  });

  test("histories that share nothing", () => {
    const { repository } = branched();
    using _ = repository;
    repository.git("switch", "--quiet", "--orphan", "elsewhere");
    repository.commit({ "readme.txt": "" });
    expect(refusal(repository.root, "main")).toBe(
      "main and HEAD share no commit. Name a base that this branch started from.",
    );
    expect(reasonOf(findBase(repository.root, undefined))).toBe("HEAD and main share no commit");
  });

  test("a name that a shell would take apart is not put into a command", () => {
    const { repository } = branched();
    using _ = repository;
    using clone = cloneOf(repository);
    const message = refusal(clone.root, "x;rm${IFS}-rf\u001b[2J");
    expect(message).not.toContain("git fetch");
    expect(message).not.toContain("\u001b");
  });

  test("no repository, and no commit yet", () => {
    using none = testDirectory();
    using empty = testRepository();
    expect(refusal(none.root, "main")).toContain("this is not a git repository");
    expect(refusal(empty.root, "main")).toContain("no commit yet");
  });
});

describe("without a ref", () => {
  test("is the merge base with origin's default branch, whatever it is called", () => {
    const { repository, one } = branched();
    using _ = repository;
    repository.git("branch", "--quiet", "--move", "main", "trunk");
    repository.git("switch", "--quiet", "trunk");
    using clone = cloneOf(repository);
    clone.git("switch", "--quiet", "feature");
    expect(findBase(clone.root, undefined)).toMatchObject({ commit: one, ref: "origin/trunk" });
  });

  test("is the local main where there is no remote", () => {
    const { repository, one } = branched();
    using _ = repository;
    expect(findBase(repository.root, undefined)).toMatchObject({ commit: one, ref: "main" });
  });

  test("on the default branch itself, what is not committed below the migrations decides", () => {
    const { repository, two } = branched();
    using _ = repository;
    repository.git("switch", "--quiet", "main");
    expect(reasonOf(findBase(repository.root, undefined))).toBe(
      "on the default branch with nothing changed: every revision is checked",
    );
    repository.write({ "readme.txt": "not a migration" });
    expect(findBase(repository.root, undefined, ["migrations"]).kind).toBe("none");
    repository.write({ "migrations/0004.sql": "select 4" });
    expect(commitOf(findBase(repository.root, undefined, ["migrations"]))).toBe(two);
  });

  test("there is none outside a repository, before the first commit, without a known branch, and without git", () => {
    using none = testDirectory();
    using empty = testRepository();
    using odd = testRepository();
    odd.commit({ a: "" });
    odd.git("branch", "--quiet", "--move", "main", "odd");
    expect(reasonOf(findBase(none.root, undefined))).toBe("this is not a git repository");
    expect(reasonOf(findBase(empty.root, undefined))).toBe("this repository has no commit yet");
    expect(reasonOf(findBase(odd.root, undefined))).toContain("origin/main");
    process.env["PATH"] = none.root;
    expect(reasonOf(findBase(odd.root, undefined))).toBe("git is not installed");
  });
  const path = process.env["PATH"];
  afterEach(() => {
    process.env["PATH"] = path;
  });

  test.runIf(process.getuid?.() === 0)("a repository of another user is named as the reason", () => {
    const { repository } = branched();
    using _ = repository;
    for (const path of [repository.root, join(repository.root, ".git")])
      // Only root may give files away; git then refuses them to root as well.
      chownSync(path, 65534, 65534);
    const reason = reasonOf(findBase(repository.root, undefined));
    expect(reason).toContain("belongs to another user");
    expect(reason).toContain("safe.directory");
  });
});

test("the repository's own configuration runs nothing", () => {
  const { repository } = branched();
  using _ = repository;
  repository.git("switch", "--quiet", "main");
  using outside = testDirectory();
  outside.write({ run: `#!/bin/sh\ntouch ${outside.root}/ran\n` });
  chmodSync(join(outside.root, "run"), 0o755);
  repository.git("config", "core.fsmonitor", join(outside.root, "run"));
  expect(findBase(repository.root, undefined).kind).toBe("none");
  expect(workingTree(repository.root).list()).toHaveLength(2);
  expect(existsSync(join(outside.root, "ran"))).toBe(false);
  // The trap does work.
  repository.git("status");
  expect(existsSync(join(outside.root, "ran"))).toBe(true);
});
