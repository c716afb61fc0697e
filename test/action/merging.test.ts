import { describe, expect, test } from "vitest";
import { fakeGitHub } from "../github/fake-github.ts";
import { testRepository, type TestRepository } from "../support/repository.ts";
import { checkout, pullRequestEvent, runStep } from "./runner.ts";
import { main, pairs } from "./watching.ts";

type Files = Readonly<Record<string, string>>;
const embedded = { engine: "embedded" };

function onMain(files: Files = main as Files): TestRepository {
  const origin = testRepository();
  origin.commit(files);
  return origin;
}

/** Branches off from main, and gives the branch's commit and what GitHub would make of merging it now. */
function branch(origin: TestRepository, files: Files) {
  origin.git("switch", "--quiet", "--detach", "main");
  const head = origin.commit(files);
  origin.git("switch", "--quiet", "--detach", "main");
  origin.git("merge", "--quiet", "--no-ff", "--no-edit", head);
  const merge = origin.git("rev-parse", "HEAD");
  origin.git("update-ref", "refs/pull/7/merge", merge);
  origin.git("switch", "--quiet", "main");
  return { head, merge };
}

const berths = pairs("000002_create_berths", "CREATE TABLE berths (id int);\n", "DROP TABLE berths;\n") as Files;
const locks = pairs("000003_create_locks", "CREATE TABLE locks (id int);\n", "DROP TABLE locks;\n") as Files;

describe("the base branch as it is now", () => {
  test("counts where the merge that GitHub made is older", async () => {
    using origin = onMain();
    const { head, merge } = branch(origin, berths);
    // Merged after the run's merge was made: 2 would never run where 3 is applied.
    origin.commit(locks);
    using clone = checkout(origin, merge);
    await using github = await fakeGitHub({ headCommit: head });
    const { exitCode, log } = await runStep({
      workspace: clone.root,
      event: pullRequestEvent(head),
      sha: merge,
      inputs: embedded,
      github,
    });
    expect(log).toContain("skipped-gap");
    expect(log).toContain("which is on origin/main and not in this branch yet");
    expect(exitCode).toBe(1);
  });

  test("is what the queue's own merge goes onto, others in the queue included", async () => {
    using origin = onMain();
    const first = branch(origin, locks);
    const second = branch(origin, berths);
    // The queue puts the second behind the first, which is not merged yet.
    origin.git("switch", "--quiet", "--detach", first.merge);
    origin.git("merge", "--quiet", "--no-ff", "--no-edit", second.head);
    const group = origin.git("rev-parse", "HEAD");
    origin.git("update-ref", "refs/heads/gh-readonly-queue/main/pr-8", group);
    using clone = checkout(origin, group);
    const event = { name: "merge_group", payload: { merge_group: { base_sha: first.merge, head_sha: group } } };
    const { exitCode, log, outputs } = await runStep({ workspace: clone.root, event, sha: group, inputs: embedded });
    expect(outputs["new-revisions"]).toBe('["2"]');
    expect(log).toContain("skipped-gap");
    expect(exitCode).toBe(1);
  });
});

describe("a migration that is already there", () => {
  test("and is edited fails the pull request, and its comment shows what changed", async () => {
    using origin = onMain();
    const file = "migrations/000001_create_boats.up.sql";
    const { head, merge } = branch(origin, { [file]: "CREATE TABLE boats (id bigint);\n-- ``` @everyone\n" });
    using clone = checkout(origin, merge);
    await using github = await fakeGitHub({ headCommit: head });
    const { exitCode, log } = await runStep({
      workspace: clone.root,
      event: pullRequestEvent(head),
      sha: merge,
      inputs: embedded,
      github,
    });
    expect(exitCode).toBe(1);
    expect(log).toMatch(/^::error title=[^:]*\(migration-edited\),file=migrations\/000001_create_boats\.up\.sql/m);
    expect(github.comments[0]?.body).toContain(
      [
        "````diff",
        `--- a/${file}`,
        `+++ b/${file}`,
        "@@ -1,1 +1,2 @@",
        "-CREATE TABLE boats (id int);",
        "+CREATE TABLE boats (id bigint);",
        "+-- ``` @everyone",
        "````",
      ].join("\n"),
    );
  });
});
