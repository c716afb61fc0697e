import { UsageError } from "../errors.ts";
import { evidence } from "../rules/evidence.ts";
import { examples } from "../rules/examples.ts";
import { rulePage } from "../rules/page.ts";
import { rules } from "../rules/registry.ts";
import { exitCodes } from "../exit.ts";
import { print, type SharedOptions } from "./output.ts";

/** Prints the page of a rule; gives the exit code. @throws UsageError when there is no such rule */
export function explainRule(id: string, options: SharedOptions): number {
  const rule = rules.find((candidate) => candidate.id === id);
  if (!rule) {
    const near = rules
      .filter((candidate) => candidate.id.includes(id) || id.includes(candidate.id))
      .map((candidate) => candidate.id);
    throw new UsageError(
      `There is no rule ${id}.${near.length > 0 ? ` There is ${near.join(", ")}.` : ` The rules are ${rules.map((known) => known.id).join(", ")}.`} Findings of the lineage, the replay and the files themselves are no rules: each says what to do where it is reported, and the README lists them.`,
    );
  }
  print(rulePage(rule, examples[id] ?? { bad: "", good: "" }, evidence[id]), options);
  return exitCodes.passed;
}
