import { describe, expect, it } from "vitest";
import { reviewSeals, sealDifference } from "../../src/plan/review-seal.ts";
import type { Plan, PlannedRevision, PlannedStatement } from "../../src/plan/seal-plan.ts";

const statement = (text: string): PlannedStatement => ({ fingerprint: `f-${text}`, text, transactional: true });

const revision = (statements: readonly string[], file = "1"): PlannedRevision => ({
  id: "4f2a",
  files: [{ path: "migrations/4f2a.sql", sha256: file }],
  statements: statements.map(statement),
  catalog: "irrelevant",
});

const plan = (planned: PlannedRevision, more: Partial<Plan> = {}): Plan => ({
  schemaVersion: 2,
  project: "locks",
  tool: "sql",
  serverMajor: 17,
  start: "s",
  end: "e",
  revisions: [planned],
  ...more,
});

describe("a review seal", () => {
  const reviewed = revision(["create", "index"]);
  const [seal] = reviewSeals(plan(reviewed));
  if (seal === undefined) throw new Error("There is one.");

  it("is the same from another schema, on another server, with another tool version, under another path", () => {
    const elsewhere = { ...reviewed, catalog: "other", files: [{ path: "moved/4f2a.sql", sha256: "1" }] };
    expect(reviewSeals(plan(elsewhere, { serverMajor: 16, start: "x", toolVersion: "2" }))).toEqual([seal]);
    expect(sealDifference(seal, elsewhere)).toBeUndefined();
  });

  it.each([
    ["another statement", revision(["create", "drop"]), "`4f2a`: statement 2 is not the one that was reviewed."],
    ["a statement more", revision(["create", "index", "drop"]), /statement 3 was not reviewed; the review saw 2\./],
    ["a statement less", revision(["create"]), /statement 2 of those that were reviewed is no longer sent\./],
    ["the same by another file", revision(["create", "index"], "2"), /its file is not the one that was reviewed/],
    [
      "another setting",
      { ...reviewed, statements: [statement("create"), { ...statement("index"), settings: "another" }] },
      /statement 2 is not the one/,
    ],
    [
      "one outside its transaction",
      { ...reviewed, statements: [statement("create"), { ...statement("index"), transactional: false }] },
      /statement 2 is not the one/,
    ],
  ])("tells %s", (_, rehearsed, sentence) => {
    expect(sealDifference(seal, rehearsed)).toMatch(sentence);
  });
  it("of a version that did not hold settings is not taken for one that does", () => {
    const { version: _, ...earlier } = seal;
    expect(sealDifference(earlier, reviewed)).toMatch(/earlier version of Headgate.* run the check once more\.$/);
  });
});
