import { describe, expect, test } from "vitest";
import { publishComment, type CommentOutcome, type CommentText } from "../../src/github/comment.ts";
import { connectToGitHub } from "../../src/github/octokit.ts";
import { bot, fakeGitHub, owner, pullNumber, repo, token, type FakeGitHub } from "./fake-github.ts";

const headCommit = "c0ffee0000000000000000000000000000000000";
const marker = "<!-- headgate:comment 0123456789ab -->";
const text = `${marker}\nfailed\n`;
const retired = `${marker}\nno migration any more\n`;
const pullRequest = { number: pullNumber, baseBranch: "main", headCommit, isFromFork: false };

const say = async (
  github: FakeGitHub,
  body: string | undefined,
  { otherwise, isFromFork = false, as = token }: { otherwise?: string; isFromFork?: boolean; as?: string } = {},
): Promise<CommentOutcome> =>
  publishComment(
    await connectToGitHub(as, github.url),
    { owner, repo, marker, pullRequest: { ...pullRequest, isFromFork } },
    {
      compose: (existing) => body ?? (existing.length > 0 ? otherwise : undefined),
      isRetired: (comment) => comment === retired,
    },
  );

describe("one comment per pull request and configuration", () => {
  test("is made, and then changed in place", async () => {
    await using github = await fakeGitHub({ headCommit });
    expect(await say(github, text)).toEqual({
      kind: "posted",
      url: `https://github.com/${owner}/${repo}/pull/${pullNumber}#issuecomment-1`,
    });
    expect(await say(github, `${marker}\npassed\n`)).toMatchObject({ kind: "posted" });
    expect(github.comments).toEqual([{ id: 1, author: bot, body: `${marker}\npassed\n` }]);
  });

  test("is not written again when it says the same", async () => {
    await using github = await fakeGitHub({ headCommit });
    await say(github, text);
    await say(github, text);
    expect(github.requests.filter((request) => /^(POST|PATCH) \/repos/.test(request))).toHaveLength(1);
  });

  test("is found behind hundreds of others", async () => {
    const others = Array.from({ length: 250 }, () => ({ author: "somebody", body: "nice" }));
    await using github = await fakeGitHub({
      headCommit,
      comments: [...others, { author: bot, body: `${marker}\nold` }],
    });
    await say(github, text);
    expect(github.comments).toHaveLength(251);
    expect(github.comments[250]?.body).toBe(text);
  });

  test("is nobody else's, whatever it begins with, and no other configuration's", async () => {
    const others = [
      { author: "somebody", body: text },
      { author: "github-actions", body: text },
      { author: bot, body: "<!-- headgate:comment ba9876543210 -->\nfailed" },
      { author: bot, body: `Quoting ${text}` },
    ];
    await using github = await fakeGitHub({ headCommit, comments: others });
    await say(github, text);
    expect(github.comments.map(({ body }) => body)).toEqual([...others.map(({ body }) => body), text]);
  });

  test("is left to the run of a newer commit", async () => {
    await using github = await fakeGitHub({ headCommit: "beef000000000000000000000000000000000000" });
    expect(await say(github, text)).toMatchObject({ kind: "none", reason: expect.stringContaining("newer commit") });
    expect(github.comments).toEqual([]);
  });

  test("is not made where there is nothing to say, and becomes one line where it was", async () => {
    await using github = await fakeGitHub({ headCommit });
    expect(await say(github, undefined, { otherwise: retired })).toMatchObject({ kind: "none" });
    expect(github.comments).toEqual([]);
    await say(github, text);
    expect(await say(github, undefined, { otherwise: retired })).toMatchObject({ kind: "posted" });
    expect(github.comments).toEqual([{ id: 1, author: bot, body: retired, isHidden: true }]);
    await say(github, text);
    expect(github.comments).toEqual([{ id: 1, author: bot, body: text, isHidden: false }]);
  });
});

describe("jobs of a matrix, which write at the same time", () => {
  /** A text that keeps a line for each job. */
  const lineOf = (job: string): CommentText => ({
    compose: (existing) => {
      const lines = existing.flatMap((body) => body.split("\n").slice(1)).filter((line) => line !== job && line !== "");
      return [marker, ...new Set([...lines, job])].join("\n");
    },
    holds: (body) => body.split("\n").includes(job),
    isRetired: () => false,
  });

  test.each([2, 6])("%i of them have one comment, and none of them is lost", async (count) => {
    await using github = await fakeGitHub({ headCommit });
    const jobs = Array.from({ length: count }, (_, index) => `job ${index}`);
    const outcomes = await Promise.all(
      jobs.map(async (job) =>
        publishComment(
          await connectToGitHub(token, github.url),
          { owner, repo, marker, pullRequest },
          lineOf(job),
          400,
        ),
      ),
    );
    expect(github.comments).toHaveLength(1);
    expect(github.comments[0]?.body.split("\n").slice(1).toSorted()).toEqual(jobs);
    expect(outcomes).toEqual(jobs.map(() => expect.objectContaining({ kind: "posted" })));
  });

  test("a comment that somebody else's job always overwrites is given up", async () => {
    await using github = await fakeGitHub({ headCommit });
    const never: CommentText = { ...lineOf("job 1"), holds: () => false };
    const api = await connectToGitHub(token, github.url);
    expect(await publishComment(api, { owner, repo, marker, pullRequest }, never, 1)).toMatchObject({ kind: "failed" });
  });
});

describe("a comment that cannot be posted", () => {
  test("says which permission is missing", async () => {
    await using github = await fakeGitHub({ headCommit, permission: "read" });
    expect(await say(github, text)).toEqual({
      kind: "failed",
      reason:
        "No comment: the github-token may not comment. Add the line `pull-requests: write` under `permissions:` of the job.",
    });
  });

  test("says that a fork's token may only read", async () => {
    await using github = await fakeGitHub({ headCommit, permission: "read" });
    const outcome = await say(github, text, { isFromFork: true });
    expect(outcome).toMatchObject({ kind: "failed", reason: expect.stringContaining("from a fork") });
  });

  test("says that the token is not accepted", async () => {
    await using github = await fakeGitHub({ headCommit });
    const outcome = await say(github, text, { as: "ghs_another" });
    expect(outcome).toMatchObject({ kind: "failed", reason: expect.stringContaining("does not accept") });
  });

  test("is refused by GitHub when it is too long", async () => {
    await using github = await fakeGitHub({ headCommit });
    const outcome = await say(github, text + "x".repeat(65_536));
    expect(outcome).toMatchObject({ kind: "failed", reason: expect.stringContaining("422") });
  });

  test("says that GitHub does not answer", async () => {
    await using github = await fakeGitHub({ headCommit });
    github.trouble(...Array.from({ length: 10 }, () => ({ status: 0, isSilent: true })));
    const api = await connectToGitHub(token, github.url, 20);
    const write = { compose: () => text, isRetired: () => false };
    expect(await publishComment(api, { owner, repo, marker, pullRequest }, write)).toMatchObject({
      kind: "failed",
      reason: expect.stringContaining("could not be reached"),
    });
  });

  test("says that GitHub is not there", async () => {
    const github = await fakeGitHub({ headCommit });
    await github[Symbol.asyncDispose]();
    expect(await say(github, text)).toMatchObject({
      kind: "failed",
      reason: expect.stringContaining("could not be reached"),
    });
  });
});

describe("trouble that passes", () => {
  test.each([
    ["a server error", { status: 502 }],
    [
      "a secondary limit",
      { status: 403, headers: { "retry-after": "1" }, message: "You have exceeded a secondary rate limit." },
    ],
    [
      "too many requests",
      { status: 429, headers: { "retry-after": "1" }, message: "You have exceeded a secondary rate limit." },
    ],
  ])("%s is waited for", async (_, trouble) => {
    await using github = await fakeGitHub({ headCommit });
    github.trouble(trouble);
    expect(await say(github, text)).toMatchObject({ kind: "posted" });
    expect(github.comments).toHaveLength(1);
  });

  test("a limit that ends in an hour is not", async () => {
    await using github = await fakeGitHub({ headCommit });
    const reset = String(Math.ceil(Date.now() / 1000) + 3600);
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset };
    github.trouble({ status: 403, headers, message: "API rate limit exceeded" });
    const startedAt = performance.now();
    expect(await say(github, text)).toMatchObject({
      kind: "failed",
      reason: expect.stringContaining("no more requests"),
    });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});

test("the fake refuses what GitHub does not describe", async () => {
  await using github = await fakeGitHub({ headCommit });
  const ask = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${github.url}${path}`, { ...init, headers: { authorization: `token ${token}` } });
    return `${answer.status} ${((await answer.json()) as { message: string }).message}`;
  };
  const comments = `/repos/${owner}/${repo}/issues/${pullNumber}/comments`;
  expect(await ask("/repos/a/b/no-such-thing")).toContain("GitHub has no GET");
  expect(await ask(comments, { method: "POST", body: JSON.stringify({ text: "x" }) })).toContain(
    "required property 'body'",
  );
  expect(await ask(comments, { method: "POST", body: JSON.stringify({ body: 1 }) })).toContain("must be string");
  expect(await ask(`${comments}?per_page=many`)).toContain("must be integer");
  expect(await ask(`${comments}?pages=2`)).toContain("pages is no parameter");
});
