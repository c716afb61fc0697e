import { judgeMigrations } from "../src/rules/judge.ts";
import { optional } from "../src/optional.ts";
import type { RuleExamples } from "../src/rules/page.ts";
import type { Rule } from "../src/rules/rule.ts";
import { loadParser } from "../src/sql/parser.ts";
import { fixture, fixtureSettings, historyOf } from "../test/rules/fixtures.ts";

/** The statements that a rule advises. */
export type Advice = Pick<RuleExamples, "later"> & Required<Pick<RuleExamples, "fix">>;

/** What each rule advises for the first statement of its bad fixture that it reports, by id. */
export async function ruleFixes(rules: readonly Rule[]): Promise<ReadonlyMap<string, Advice>> {
  await loadParser();
  const fixes = new Map<string, Advice>();
  for (const rule of rules) {
    const advised: Advice[] = [];
    const listening: Rule = {
      ...rule,
      *check(step, migration) {
        for (const judgement of rule.check(step, migration)) {
          if (judgement.fix) advised.push({ fix: judgement.fix, ...optional("later", judgement.later) });
          yield judgement;
        }
      },
    };
    judgeMigrations(historyOf(fixture(rule.id, "bad")), {
      rules: [listening],
      majors: [14, 15, 16, 17, 18],
      settings: fixtureSettings(rule.id),
    });
    const [first] = advised;
    if (first) fixes.set(rule.id, first);
  }
  return fixes;
}
