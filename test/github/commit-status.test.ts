import { expect, test } from "vitest";
import { putStatus, type CommitStatus } from "../../src/github/commit-status.ts";
import { connectToGitHub } from "../../src/github/octokit.ts";
import { openPulls } from "../../src/github/open-pulls.ts";
import { refusalOf } from "../../src/github/refusal.ts";
import { fakeGitHub, owner, repo, token, type Trouble } from "./fake-github.ts";

const commit = "1234567890".repeat(4);
const pull = { number: 3, head: commit };
const status: CommitStatus = {
  context: "headgate/merge",
  state: "failure",
  description: "Merge main.",
  targetUrl: "https://github.com/waterways/locks/actions/runs/42",
};

/** What becomes of a status that GitHub answers with trouble, and how often it was asked to take it. */
async function put(...troubles: readonly Trouble[]) {
  await using github = await fakeGitHub({ pulls: [pull] });
  github.trouble(...troubles);
  const api = await connectToGitHub(token, github.url);
  const outcome = await putStatus(api, { owner, repo }, commit, status).catch((error: unknown) => refusalOf(error));
  return { outcome, put: github.statuses.length };
}

const often = (trouble: Trouble): readonly Trouble[] => Array.from({ length: 10 }, () => trouble);

test("a status is put once, in place of another, and only in place of one where that is asked", async () => {
  await using github = await fakeGitHub({ pulls: [pull] });
  const api = await connectToGitHub(token, github.url);
  const place = { owner, repo };
  expect(await putStatus(api, place, commit, { ...status, onlyInPlace: true })).toBe(false);
  expect(await putStatus(api, place, commit, status)).toBe(true);
  expect(await putStatus(api, place, commit, status)).toBe(false);
  expect(await putStatus(api, place, commit, { ...status, description: "Merge main!", onlyInPlace: true })).toBe(true);
  expect(await putStatus(api, place, commit, { ...status, context: "headgate/commute" })).toBe(true);
  expect(github.statuses.map(({ context, description }) => `${context}: ${description}`)).toEqual([
    "headgate/merge: Merge main.",
    "headgate/merge: Merge main!",
    "headgate/commute: Merge main.",
  ]);
});

test("a short limit is waited for, and a broken server asked again", async () => {
  const limit = { status: 429, headers: { "retry-after": "1" }, method: "POST" };
  expect(await put(limit, { status: 500, method: "POST" })).toEqual({ outcome: true, put: 1 });
});

test.each([
  ["a limit that lasts", { status: 403, headers: { "retry-after": "3600" } }, { kind: "limit" }],
  ["what the token may not do", { status: 403 }, { kind: "permission" }],
  ["a token that is none", { status: 401 }, { kind: "token" }],
  ["too long a description", { status: 422, message: "Validation Failed" }, { kind: "other" }],
])("%s is understood, and nothing is put", async (_, trouble, refusal) => {
  expect(await put(...often(trouble))).toMatchObject({ outcome: refusal, put: 0 });
});

test("who may not write to this repository is known, whatever case its name is in", async () => {
  const pulls = [
    { ...pull, from: `Waterways/${repo}` },
    { ...pull, number: 4, from: `forker/${repo}` },
    { ...pull, number: 5, author: "dependabot[bot]" },
  ];
  await using github = await fakeGitHub({ pulls });
  const api = await connectToGitHub(token, github.url);
  expect((await openPulls(api, { owner, repo }, "main")).map(({ isForeign }) => isForeign)).toEqual([
    false,
    true,
    true,
  ]);
});
