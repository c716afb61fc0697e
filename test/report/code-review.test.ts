import { expect, it } from "vitest";
import type { Finding } from "../../src/finding.ts";
import { excerpt } from "../../src/report/excerpt.ts";
import { githubReport } from "../../src/report/github.ts";
import { gitlabReport } from "../../src/report/gitlab.ts";

const finding: Finding = {
  ruleId: "drop-column",
  severity: "warning",
  title: "A column goes",
  message: "100 % of it\n::error::forged",
  file: "a,b:c.sql",
  line: 9,
  column: 3,
  statement: `ALTER TABLE boats\n\tDROP COLUMN ${"x".repeat(90)},\n  DROP a,\n  DROP b,\n  DROP c`,
};
const plain = { dim: (text: string) => text, mark: (text: string) => text };

it("GitHub: a finding is one command, whatever its words", () => {
  expect(githubReport([finding])).toBe(
    "::warning file=a%2Cb%3Ac.sql,line=9,col=3,title=A column goes (drop-column)::100 %25 of it%0A::error::forged\n",
  );
  const { file: _, line: __, ...placeless } = finding;
  expect(githubReport([placeless])).toMatch(/^::warning title=/);
});

it("what could not be checked is in reports that hold findings alone: empty, they would look clean", () => {
  expect(githubReport([], ["app: upgrade: no Node\n::error::forged"])).toBe(
    "::error title=Headgate could not check::app: upgrade: no Node%0A::error::forged\n",
  );
  expect(JSON.parse(gitlabReport([], ["app: upgrade: no Node"]))).toMatchObject([
    { check_name: "not-checked", severity: "major", description: "app: upgrade: no Node" },
  ]);
});

it("GitLab: every finding has a place and a fingerprint of its own", () => {
  const issues = JSON.parse(gitlabReport([finding, finding, { ...finding, severity: "info" }]));
  expect(issues[0]).toMatchObject({ severity: "minor", location: { path: "a,b:c.sql", lines: { begin: 9 } } });
  expect(new Set(issues.map((issue: { fingerprint: string }) => issue.fingerprint)).size).toBe(3);
});

it("an excerpt fits the terminal, and numbers only the lines that are those of the file", () => {
  const lines = excerpt(finding, { ...plain, width: 40 });
  expect(Math.max(...lines.map((line) => line.length))).toBe(40);
  expect(lines.slice(0, 2)).toEqual([" 9 │ ALTER TABLE boats", `10 │   DROP COLUMN ${"x".repeat(20)}…`]);
  expect(lines.at(-1)).toBe("   │ … 1 more line");
  expect(excerpt({ ...finding, file: "a.py" }, { ...plain, width: 40 })[0]).toBe(" │ ALTER TABLE boats");
  expect(excerpt({ ...finding, statement: "DROP TABLE boats" }, { ...plain, width: 40 })).toEqual([
    "9 │ DROP TABLE boats",
    "  │ ~~~~~~~~~~~~~~~~",
  ]);
});
