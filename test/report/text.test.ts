import { describe, expect, it } from "vitest";
import { jsonReport } from "../../src/report/json.ts";
import { markdownReport } from "../../src/report/markdown.ts";
import { plainText } from "../../src/report/plain-text.ts";
import { findingText } from "../../src/report/finding-text.ts";
import { projectHeading, textReport } from "../../src/report/text.ts";
import { verdictSchema } from "../../src/report/verdict-schema.ts";
import type { Verdict } from "../../src/verdict.ts";
import { render } from "./rendered.ts";

const refused: Verdict = {
  schemaVersion: 1,
  headgate: "0.1.0",
  verdict: "failed",
  projects: [
    {
      name: "locks",
      tool: "alembic",
      directory: "services/locks",
      server: { engine: "embedded", version: "18.4", startMs: 870 },
      lineage: { revisions: 12, heads: ["c3"], bases: ["a1"], branchPoints: [], mergePoints: [], new: ["b2", "c3"] },
      checks: [
        { id: "lineage", status: "passed", durationMs: 2 },
        { id: "upgrade", status: "passed", durationMs: 120 },
        { id: "downgrade", status: "failed", reason: "`c3`", durationMs: 60 },
        {
          id: "reupgrade",
          status: "skipped",
          reason: "a downgrade failed, so there was nothing to upgrade again",
          durationMs: 0,
        },
      ],
      findings: [
        {
          ruleId: "downgrade-incomplete",
          severity: "error",
          title: "The downgrade does not restore the schema",
          message:
            "The schema is not what it was before, after the downgrade of `c3`:\n- type `lock_state` survives the downgrade of `c3`",
          help: "Add to the downgrade:\nDROP TYPE lock_state;",
          revision: "c3",
          direction: "down",
          file: "services/locks/versions/c3_states.py",
          line: 31,
        },
      ],
      revisions: [],
    },
  ],
};

const hostile = "\u001B[2J\u202Egate\u200B ``` <img src=x> @everyone #1 [x](javascript:1)\r\n::error::x";

it("begins with a project's name, its tool and where it is, and says once what is called the same", () => {
  const heading = (name: string, directory: string) =>
    projectHeading({ name, tool: "sql", directory }, { width: 80, color: false });
  expect(heading("boats", "services/boats")).toBe("boats  sql in services/boats");
  expect(heading("sql", "examples/sql")).toBe("sql in examples/sql");
  expect(heading("sql", ".")).toBe("sql");
});

describe("textReport", () => {
  it("breaks no name and no string of SQL that is there to be copied", () => {
    const sql = `ALTER TABLE "a  table with ""quotes"" and spaces" ADD COLUMN ${"x".repeat(50)} text DEFAULT 'it''s  whole';`;
    const finding = { ruleId: "r", severity: "error", title: "t", message: "m", help: `Do this:\n\n${sql}` } as const;
    const lines = findingText(finding, { width: 40, color: false }).split("\n").slice(4);
    expect(lines.map((line) => line.trim()).join(" ")).toBe(sql);
    expect(lines).toContain(`    ${"x".repeat(50)}`);
  });

  it.each([40, 100])("fits %i columns, but for where a finding is", async (width) => {
    const report = textReport(refused, { width, color: false, durationMs: 2_345 });
    const lines = report.split("\n").filter((line) => !/^ {4}\S+\/\S+$/.test(line));
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(width);
    await expect(report).toMatchFileSnapshot(`./snapshots/refused-${width}.txt`);
  });

  it("paints only when asked to", () => {
    expect(textReport(refused, { width: 80, color: true })).toContain("\u001B[");
    expect(textReport(refused, { width: 80, color: false })).not.toContain("\u001B");
  });

  it("begins with what fails the gate", () => {
    const project = refused.projects[0] as Verdict["projects"][number];
    const finding = project.findings[0] as (typeof project.findings)[number];
    const findings = [{ ...finding, ruleId: "late", severity: "warning" } as const, finding];
    const report = textReport({ ...refused, projects: [{ ...project, findings }] }, { width: 100, color: false });
    expect(report.indexOf("downgrade-incomplete")).toBeLessThan(report.indexOf("late"));
  });

  it("shows hostile text as text", () => {
    const project = refused.projects[0] as Verdict["projects"][number];
    const finding = { ...(project.findings[0] as (typeof project.findings)[number]), message: hostile, file: hostile };
    const verdict: Verdict = { ...refused, projects: [{ ...project, name: hostile, findings: [finding] }] };
    const report = textReport(verdict, { width: 100, color: false });
    expect(report).not.toMatch(/[\u001B\u202E\u200B]/);
    const markdown = markdownReport(verdict);
    expect(markdown).not.toMatch(/[\u001B\u202E\u200B]/);
    for (const text of render(markdown).open) expect(text).not.toMatch(/[<@]|```|#1|\]\(/);
  });
});

it("says why another server took the place of the one that comes first", () => {
  const project = refused.projects[0] as Verdict["projects"][number];
  const server = {
    engine: "embedded",
    version: "18.4",
    startMs: 870,
    instead: "the image postgres:18 could not be pulled",
  } as const;
  const verdict: Verdict = { ...refused, projects: [{ ...project, server }] };
  expect(textReport(verdict, { width: 100, color: false })).toContain(
    "PostgreSQL 18.4, embedded (the image postgres:18 could not be pulled), up in",
  );
  expect(markdownReport(verdict)).toMatch(
    /PostgreSQL 18\.4, embedded \(the image .*postgres:18.* could not be pulled\)/,
  );
  expect(verdictSchema.parse(JSON.parse(jsonReport(verdict)))).toEqual(verdict);
});

describe("jsonReport", () => {
  it("is what the published schema describes", () => {
    expect(verdictSchema.parse(JSON.parse(jsonReport(refused)))).toEqual(refused);
  });
});

describe("markdownReport", () => {
  it("reads well", async () => {
    await expect(markdownReport(refused)).toMatchFileSnapshot("./snapshots/refused.md");
  });
});

describe("plainText", () => {
  it("keeps newlines and tabs, and spells out what cannot be seen", () => {
    expect(plainText("a\r\n\tb\u0007\u200B\u202E")).toBe("a\n\tb\\u0007\\u200b\\u202e");
  });
});
