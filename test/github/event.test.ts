import examples from "@octokit/webhooks-examples" with { type: "json" };
import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { baseOfEvent } from "../../src/github/base.ts";
import { readEvent } from "../../src/github/event.ts";

const payloads = (name: string): readonly Record<string, unknown>[] =>
  (examples as unknown as readonly { name: string; examples: readonly Record<string, unknown>[] }[]).find(
    (event) => event.name === name,
  )?.examples ?? [];

describe("pull_request", () => {
  test.each(payloads("pull_request").map((payload) => [payload["action"], payload] as const))("%s", (_, payload) => {
    const pull = payload["pull_request"] as Record<"base" | "head", { ref: string; sha: string }>;
    const event = readEvent("pull_request", payload, "refs/pull/1/merge");
    expect(event).toMatchObject({
      kind: "pull-request",
      number: payload["number"],
      baseBranch: pull.base.ref,
      headCommit: pull.head.sha,
      isFromFork: false,
    });
    expect(baseOfEvent(event)).toEqual({ kind: "branch", name: pull.base.ref });
  });

  test("of a fork, also of one that is deleted", () => {
    const [payload] = payloads("pull_request") as readonly [{ pull_request: { head: object } } & object];
    for (const repo of [{ full_name: "somebody/locks" }, null]) {
      const pull_request = { ...payload.pull_request, head: { ...payload.pull_request.head, repo } };
      expect(readEvent("pull_request", { ...payload, pull_request }, undefined)).toMatchObject({ isFromFork: true });
    }
  });
});

test.each(payloads("merge_group"))("merge_group is compared with what the queue merges onto", (payload) => {
  const { base_sha: commit } = payload["merge_group"] as { base_sha: string };
  expect(baseOfEvent(readEvent("merge_group", payload, undefined))).toEqual({ kind: "commit", commit });
});

describe("push", () => {
  test.each(payloads("push").map((payload) => [payload["ref"] as string, payload] as const))(
    "%s is understood",
    (ref, payload) => {
      const event = readEvent("push", payload, ref);
      expect(event).toMatchObject({ kind: "push" });
      expect("branch" in event ? event.branch : undefined).toBe(
        ref.startsWith("refs/heads/") ? ref.slice(11) : undefined,
      );
    },
  );

  const before = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";
  const payload = {
    ref: "refs/heads/main",
    before,
    created: false,
    forced: false,
    repository: { default_branch: "main" },
  };
  const base = (more: object) => baseOfEvent(readEvent("push", { ...payload, ...more }, undefined));

  test("to the default branch is compared with what was there before", () => {
    expect(base({})).toEqual({ kind: "commit", commit: before });
  });

  test("that rewrites or makes the default branch is compared with nothing", () => {
    expect(base({ forced: true })).toBeUndefined();
    expect(base({ created: true, before: "0".repeat(40) })).toBeUndefined();
  });

  test("to another branch, and of a tag, is compared with the default branch", () => {
    expect(base({ ref: "refs/heads/tolls" })).toEqual({ kind: "branch", name: "main" });
    expect(base({ ref: "refs/tags/v1" })).toEqual({ kind: "branch", name: "main" });
  });
});

describe("on demand", () => {
  test.each(payloads("workflow_dispatch"))(
    "on the default branch everything is checked, on others what they bring",
    (payload) => {
      const { default_branch: name } = payload["repository"] as { default_branch: string };
      expect(baseOfEvent(readEvent("workflow_dispatch", payload, `refs/heads/${name}`))).toBeUndefined();
      expect(baseOfEvent(readEvent("workflow_dispatch", payload, "refs/heads/tolls"))).toEqual({
        kind: "branch",
        name,
      });
    },
  );

  test("a schedule says nothing about the repository", () => {
    expect(readEvent("schedule", { schedule: "0 4 * * *" }, "refs/heads/main")).toEqual({
      kind: "on-demand",
      branch: "main",
    });
  });
});

test.each(["pull_request_target", "workflow_run", "issue_comment", "an_event_of_tomorrow"])(
  "%s is privileged",
  (name) => {
    expect(readEvent(name, {}, "refs/heads/main")).toEqual({ kind: "privileged", name });
  },
);

test.each([
  ["pull_request", {}, "number is missing"],
  ["pull_request", null, "it is empty"],
  ["merge_group", { merge_group: {} }, "merge_group.base_sha is missing"],
  ["push", { ref: "refs/heads/main" }, "before is missing"],
])("%s with the payload %j is refused", (name, payload, message) => {
  expect(() => readEvent(name, payload, undefined)).toThrow(UsageError);
  expect(() => readEvent(name, payload, undefined)).toThrow(message);
});
