import { describe, expect, test } from "vitest";
import { packReport } from "../../src/action/report-archive.ts";
import { bot, fakeGitHub, token, type FakeOptions } from "../github/fake-github.ts";
import type { FakeRun } from "../github/fake-run.ts";
import { testDirectory } from "../support/repository.ts";
import { finishedRunEvent, forkRun, pullRequestEvent, runStep, type Step } from "./runner.ts";

const head = "c0ffee0000000000000000000000000000000000";
const key = "0123456789ab";
const verdict = { schemaVersion: 1, headgate: "0.1.0", verdict: "passed", projects: [] };
const report = (envelope: object = {}): Uint8Array =>
  packReport({ schemaVersion: 1, kind: "verdict", key, ...envelope }, { "headgate.json": JSON.stringify(verdict) });
const artifact = (bytes: Uint8Array, more: object = {}) => ({ name: "headgate-0123456789ab-1", bytes, ...more });

/** What the step says and comments where that run left this. */
async function commentFor(run: Partial<FakeRun>, step: Partial<Step> = {}, options: FakeOptions = {}) {
  await using github = await fakeGitHub({ headCommit: head, run: { ...forkRun(head), ...run }, ...options });
  using nothing = testDirectory();
  const inputs = { mode: "comment", "github-token": token };
  const event = finishedRunEvent(head);
  const { exitCode, log } = await runStep({ workspace: nothing.root, event, sha: "", inputs, github, ...step });
  return { exitCode, log, comments: github.comments.map(({ body }) => body), requests: github.requests };
}

test("a report of a fork's run is commented, as what it is", async () => {
  const { exitCode, log, comments } = await commentFor({ artifacts: [artifact(report())] });
  expect([exitCode, log.trim(), comments]).toEqual([0, "", [expect.stringContaining("a fork's run reported this")]]);
});

test("the reports of a matrix are one comment", async () => {
  const jobs = ["16", "17"].map((version, index) => ({
    ...artifact(report({ job: { id: `ba987654321${index}`, label: `postgres ${version}`, count: 2 } })),
    name: `headgate-${index}-1`,
  }));
  const { comments } = await commentFor({ artifacts: jobs });
  expect(comments).toEqual([expect.stringMatching(/postgres 16[^]*postgres 17/)]);
});

test("that there is no migration any more is said where there was a comment", async () => {
  const gone = artifact(report({ kind: "no-migrations" }));
  expect((await commentFor({ artifacts: [gone] })).comments).toEqual([]);
  const earlier = { author: bot, body: `<!-- headgate:comment ${key} -->\nold` };
  const { comments } = await commentFor({ artifacts: [gone] }, {}, { comments: [earlier] });
  expect(comments).toEqual([expect.stringContaining("no longer changes a migration")]);
});

describe("nothing is commented, and the job passes", () => {
  const good = [artifact(report())];
  test.each<readonly [string, Partial<FakeRun>, Partial<Step>, string]>([
    ["for a branch of the repository itself", { artifacts: good }, fromHere(), "no pull request from a fork"],
    ["for a push to a fork", { artifacts: good }, startedBy("push"), "no pull request from a fork"],
    ["where the pull request is closed", { artifacts: good, pulls: [] }, {}, "not exactly one open pull request"],
    ["where two pull requests have the commit", { artifacts: good, pulls: [7, 8] }, {}, "not exactly one open"],
    [
      "where the pull request has a newer commit",
      { artifacts: good, headCommit: head.replace("c", "d") },
      {},
      "exactly one",
    ],
    ["where the run left nothing", {}, {}, "left no report"],
    ["where only an earlier attempt left something", { artifacts: good }, attempt(2), "left no report"],
    ["where what it left is too long", { artifacts: [artifact(report(), { size: 9_000_000 })] }, {}, "left no report"],
    ["where it is no report", { artifacts: [artifact(new Uint8Array(9))] }, {}, "is no report of this version"],
  ])("%s", async (_, run, step, reason) => {
    const { exitCode, log, comments } = await commentFor(run, step);
    expect([exitCode, comments]).toEqual([0, []]);
    expect(log).toContain(reason);
  });

  function fromHere(): Partial<Step> {
    return { event: finishedRunEvent(head, { head_repository: { full_name: "waterways/locks" } }) };
  }
  function startedBy(event: string): Partial<Step> {
    return { event: finishedRunEvent(head, { event }) };
  }
  function attempt(run_attempt: number): Partial<Step> {
    return { event: finishedRunEvent(head, { run_attempt }) };
  }
});

test("a token that may not comment is told which line is missing", async () => {
  const { exitCode, log } = await commentFor({ artifacts: [artifact(report())] }, {}, { permission: "read" });
  expect(exitCode).toBe(0);
  expect(log).toContain("Add the line `pull-requests: write`");
});

test("it is for workflow_run alone", async () => {
  const { exitCode, log, requests } = await commentFor({}, { event: pullRequestEvent(head) });
  expect([exitCode, requests]).toEqual([2, []]);
  expect(log).toContain("start it by the event workflow_run");
});
