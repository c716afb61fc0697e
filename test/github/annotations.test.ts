import { expect, test } from "vitest";
import type { Finding, Severity } from "../../src/finding.ts";
import { annotationsOf } from "../../src/github/annotations.ts";
import type { Verdict } from "../../src/verdict.ts";

function verdictWith(findings: readonly Finding[]): Verdict {
  const project = { name: "locks", tool: "sql", directory: ".", checks: [], findings, revisions: [] } as const;
  return { schemaVersion: 1, headgate: "0.1.0", verdict: "failed", projects: [project] };
}

const finding = (severity: Severity, more: Partial<Finding> = {}): Finding => ({
  ruleId: "upgrade-fails",
  severity,
  title: "The upgrade fails",
  message: "It fails.",
  ...more,
});

test("an annotation is on the finding's line, and says what to do", () => {
  expect(annotationsOf(verdictWith([finding("error", { file: "a.sql", line: 3, help: "Repair it." })]))).toEqual([
    {
      severity: "error",
      title: "The upgrade fails (upgrade-fails)",
      message: "It fails.\n\nRepair it.",
      file: "a.sql",
      startLine: 3,
    },
  ]);
});

test("a finding without a file is not on a line either", () => {
  const [annotation] = annotationsOf(verdictWith([finding("warning", { line: 3 })]));
  expect(annotation).not.toHaveProperty("startLine");
});

test("there are never more of a type than GitHub shows, and the last says how many are missing", () => {
  const many = (["error", "warning", "info"] as const).flatMap((severity) =>
    Array.from({ length: 12 }, () => finding(severity)),
  );
  const annotations = annotationsOf(verdictWith(many));
  for (const severity of ["error", "warning", "info"]) {
    const own = annotations.filter((annotation) => annotation.severity === severity);
    expect(own).toHaveLength(10);
    expect(own[9]?.message).toBe("3 more findings are in the job summary.");
  }
  expect(annotationsOf(verdictWith(Array.from({ length: 10 }, () => finding("error"))))).toHaveLength(10);
});

test("what cannot be seen is spelled out", () => {
  const [annotation] = annotationsOf(verdictWith([finding("error", { message: "\u001b[31mred\u001b[0m \u202e" })]));
  expect(annotation?.message).toBe("red \\u202e");
});
