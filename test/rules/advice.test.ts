import { beforeAll, expect, it } from "vitest";
import { plainScript } from "../../src/rules/plain-script.ts";
import { rules } from "../../src/rules/registry.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { loadParser } from "../../src/sql/parser.ts";
import { fixture, fixtureSettings, historyOf, judged } from "./fixtures.ts";

beforeAll(loadParser);

it.each(rules.map(({ id }) => id))("%s advises nothing that another rule calls an error", (id) => {
  const migrations = fixture(id, "bad");
  const options = { rules, majors: [18], settings: fixtureSettings(id) };
  const contradictions: string[] = [];
  for (const [number, migration] of migrations.entries()) {
    const advised: (readonly (readonly string[])[])[] = [];
    const listening = rules.map((rule): Rule =>
      rule.id === id
        ? {
            ...rule,
            *check(step, each) {
              for (const judgement of rule.check(step, each)) {
                if (judgement.fix && each.file === migration.file)
                  advised.push([judgement.fix, ...(judgement.later ?? []).map((stage) => stage.fix)]);
                yield judgement;
              }
            },
          }
        : rule,
    );
    judged(historyOf(migrations.slice(0, number + 1)), { ...options, rules: listening });
    const before = historyOf(migrations.slice(0, number));
    /** The errors of what is advised, sent as so many migrations. */
    const errorsOf = (texts: readonly string[]) =>
      judged(
        [...before, ...texts.map((text, at) => ({ up: [plainScript(`advice/${at}`, text)], down: [], judged: true }))],
        options,
      )
        .findings.filter(({ file, severity }) => severity === "error" && file?.startsWith("advice/"))
        .map(({ ruleId, statement }) => `${ruleId}: ${statement}`);
    for (const stages of advised)
      for (const [at, fix] of stages.entries()) {
        const earlier = stages.slice(0, at).flatMap((each) => each.map((sql) => `${sql};`));
        const statements = fix.map((sql) => `${sql};`);
        // Each statement alone, or all in one transaction.
        if (errorsOf([...earlier, `BEGIN;\n${statements.join("\n")}\nCOMMIT;`]).length > 0)
          contradictions.push(...errorsOf([...earlier, ...statements]));
      }
  }
  expect(contradictions).toEqual([]);
});
