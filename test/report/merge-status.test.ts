import { expect, test } from "vitest";
import type { Finding } from "../../src/finding.ts";
import { commuteStatus } from "../../src/report/commute-status.ts";
import { mergeStatus } from "../../src/report/merge-status.ts";

const failing = (finding: Partial<Finding>) =>
  mergeStatus(
    {
      kind: "judged",
      failing: [{ ruleId: "x", severity: "error", title: "A title", message: "What happened.", ...finding }],
      projects: [],
      tree: "",
    },
    "main",
  );

const long = "x".repeat(200);
const emoji = "🚢".repeat(200);

test.each([
  ["a command", failing({ help: `Merge the heads:\n  alembic merge ${long}` })],
  ["a rename", failing({ help: `Rename it:\n  a/${long}.sql → a/b.sql` })],
  ["a title", failing({ title: long, help: `Do ${long}.` })],
  ["no help", failing({ message: emoji })],
  ["a branch", mergeStatus({ kind: "conflicts", files: ["a.sql"] }, long)],
  ["a file", mergeStatus({ kind: "conflicts", files: [`${emoji}.sql`] }, "main")],
  ["a reason", mergeStatus({ kind: "unjudged", reason: emoji }, "main")],
  ["many others", commuteStatus(Array.from({ length: 99 }, (_, other) => ({ kind: "differs", how: long, other })))],
  ["many that commute", commuteStatus(Array.from({ length: 99 }, (_, other) => ({ kind: "commutes", other })))],
])("a description has at most 140 characters, and no half one: %s", (_, status) => {
  const description = status?.description ?? "";
  expect(Array.from(description).length).toBeLessThanOrEqual(140);
  expect(Array.from(description).length).toBeGreaterThan(20);
  expect(description.isWellFormed()).toBe(true);
});

test("a description is one line of what can be seen", () => {
  expect(failing({ help: "Do\u202E this\u001b[31m.\u0007" })?.description).toBe(
    "A title. Merge main, then: Do\\u202e this.\\u0007",
  );
});

test("the words that fit are kept: the repair before what is wrong", () => {
  expect(failing({ title: "t".repeat(120), help: "Rename it:\n  a/1_x.sql → a/2_x.sql" })?.description).toBe(
    "Merge main, then: rename 1_x.sql to 2_x.sql",
  );
  expect(failing({ title: "Short", help: "Do it." })?.description).toBe("Short. Merge main, then: Do it.");
});
