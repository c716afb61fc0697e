import { readdirSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { rules } from "../../src/rules/registry.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { loadParser } from "../../src/sql/parser.ts";
import { fixture, fixtureDirectory, fixtureSettings, historyOf, judged } from "./fixtures.ts";

const majors = [14, 15, 16, 17, 18];

beforeAll(loadParser);

it("every rule has fixtures, and every fixture a rule", () => {
  expect(readdirSync(fixtureDirectory).toSorted()).toEqual(rules.map(({ id }) => id).toSorted());
});

it("says nothing of statements that it does not declare to look at, in any fixture", () => {
  const all = rules.map((rule): Rule => {
    const { statements: _, commands: __, ...rest } = rule;
    return rest;
  });
  for (const { id } of rules)
    for (const kind of ["bad", "good"] as const) {
      const judge = (asked: readonly Rule[]) =>
        judged(historyOf(fixture(id, kind)), { rules: asked, majors, settings: {} }).findings;
      expect(judge(rules), `${id}/${kind}.sql`).toEqual(judge(all));
    }
});

describe.each(rules.map((rule) => [rule.id, rule] as const))("%s", (id, rule) => {
  // What is only worth knowing may stand beside anything.
  const judge = (kind: "bad" | "good") => {
    const { findings, unread } = judged(historyOf(fixture(id, kind)), { rules, majors, settings: fixtureSettings(id) });
    return { findings: findings.filter(({ ruleId, severity }) => ruleId === id || severity !== "info"), unread };
  };

  it("finds what is bad, and nothing else", () => {
    const { findings, unread } = judge("bad");
    expect(unread).toBe(0);
    expect([
      ...new Set(
        findings.map(({ ruleId, file, line }) => `${ruleId} ${ruleId === id ? "" : `${file}:${line}`}`.trim()),
      ),
      // Its text tells nothing: only the server can.
    ]).toEqual(rule.detectedBy === "trace" ? [] : [id]);
  });

  it("is quiet about what is good", () => {
    const { findings, unread } = judge("good");
    expect(unread).toBe(0);
    expect(findings.map(({ ruleId, message, file, line }) => `${file}:${line} ${ruleId}: ${message}`)).toEqual([]);
  });

  it("says it in whole sentences, and what to do", () => {
    for (const { message, help = "" } of judge("bad").findings) {
      expect(message).toMatch(/^[A-Z"a-z_0-9`][^]*[.]$/);
      expect(help.split("\n\n")[0]).toMatch(/^[A-Z][a-z]+\b[^]*[.:]$/);
    }
    expect(rule.source.url).toMatch(/^https:\/\/www\.postgresql\.org\/docs\/\d+\//);
  });
});
