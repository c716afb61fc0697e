import { afterEach, describe, expect, it } from "vitest";
import { missingApprovals } from "../../src/github/approval.ts";
import { connectToGitHub } from "../../src/github/octokit.ts";
import { fakeGitHub, owner, pullNumber, repo, token, type FakeGitHub } from "./fake-github.ts";
import type { FakeReview } from "./fake-merged.ts";

const head = "a".repeat(40);
const older = "b".repeat(40);
const pull = { number: pullNumber, headCommit: head, baseBranch: "main", baseCommit: older, author: "Anna" };
const codeowners = "/migrations/ @anna @bert\n/migrations/secret.sql @waterways/keepers\n";

let github: FakeGitHub | undefined;
afterEach(async () => {
  await github?.[Symbol.asyncDispose]();
});

async function missing(reviews: readonly FakeReview[], contents: Record<string, string> = { CODEOWNERS: codeowners }) {
  github = await fakeGitHub({ merged: [{ number: pullNumber, head, mergedAs: older, reviews }], contents });
  const api = await connectToGitHub(token, github.url);
  return missingApprovals(api, { owner, repo }, pull, ["migrations/1.sql"]);
}

describe("missingApprovals", () => {
  it("is content with a code owner's approval of the newest commit", async () => {
    expect(await missing([{ user: "bert", state: "APPROVED", commit: head }])).toEqual([]);
    expect(
      await missing([
        { user: "bert", state: "CHANGES_REQUESTED", commit: older },
        { user: "bert", state: "APPROVED", commit: head },
        { user: "bert", state: "COMMENTED", commit: head },
      ]),
    ).toEqual([]);
  });

  it.each<[string, readonly FakeReview[]]>([
    ["nobody's", []],
    ["the author's own", [{ user: "anna", state: "APPROVED", commit: head }]],
    ["a stranger's", [{ user: "carl", state: "APPROVED", commit: head }]],
    ["an approval of an older commit", [{ user: "bert", state: "APPROVED", commit: older }]],
    [
      "one that was taken back",
      [
        { user: "bert", state: "APPROVED", commit: head },
        { user: "bert", state: "CHANGES_REQUESTED", commit: head },
      ],
    ],
    ["a dismissed one", [{ user: "bert", state: "DISMISSED", commit: head }]],
  ])("is not content with %s", async (_, reviews) => {
    expect(await missing(reviews)).toEqual([
      "pull request 7: no code owner of migrations/1.sql (@anna, @bert) approved its newest commit.",
    ]);
  });

  it("says where there is nobody to approve", async () => {
    expect(await missing([], {})).toEqual([
      "pull request 7: the branch main has no CODEOWNERS file, so that nobody can approve.",
    ]);
    expect(await missing([], { "docs/CODEOWNERS": "*.md @anna" })).toEqual([
      "pull request 7: migrations/1.sql has no code owner.",
    ]);
  });

  it("says when it may not ask who is in a team", async () => {
    const reviews = [{ user: "dora", state: "APPROVED", commit: head }] as const;
    expect(await missing(reviews, { ".github/CODEOWNERS": "* @waterways/keepers" })).toEqual([
      expect.stringMatching(/could not be asked: the github-token may not read the organisation's members\.$/),
    ]);
  });
});
