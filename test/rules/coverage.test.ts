import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { hazards } from "../../scripts/hazards.ts";
import { rulePages } from "../../scripts/rule-pages.ts";
import { ruleExamples, ruleRegistry } from "../../scripts/rule-registry.ts";
import { examples } from "../../src/rules/examples.ts";
import { rules } from "../../src/rules/registry.ts";

const fixtureText = (id: string, kind: string) => readFileSync(`test/fixtures/rules/${id}/${kind}.sql`, "utf8");
const all = Object.values(hazards).flat();

describe("the list of hazards", () => {
  it("names each once", () => {
    expect(all.map(({ id }) => id)).toEqual([...new Set(all.map(({ id }) => id))]);
  });

  it("answers each with a rule or a sentence, never with both or neither", () => {
    const answered = new Set(rules.flatMap((rule) => rule.hazards));
    const wrong = all.filter(({ id, answer }) => answered.has(id) === (answer !== undefined)).map(({ id }) => id);
    expect(wrong).toEqual([]);
  });

  it("knows every hazard that a rule names", () => {
    const known = new Set(all.map(({ id }) => id));
    expect(rules.flatMap((rule) => rule.hazards).filter((id) => !known.has(id))).toEqual([]);
  });
});

describe("what is generated", () => {
  it("has every rule in the registry, and the examples that the fixtures hold", () => {
    const names = (text: string) => [...text.matchAll(/from "\.\/([a-z0-9-]+)\.ts"/g)].map(([, name]) => name);
    expect(names(ruleRegistry())).toEqual(names(readFileSync("src/rules/registry.ts", "utf8")));
    expect(Object.keys(examples)).toEqual(rules.map(({ id }) => id));
    for (const { id } of rules)
      expect(examples[id]).toMatchObject({ bad: fixtureText(id, "bad"), good: fixtureText(id, "good") });
    expect(ruleExamples(new Map())).toContain("export const examples");
  });

  it("has a page for every rule, with its examples", () => {
    const pages = rulePages();
    for (const { id } of rules)
      expect(pages.get(`docs/rules/${id}.md`)).toContain(
        readFileSync(`test/fixtures/rules/${id}/bad.sql`, "utf8").trim(),
      );
  });
});
