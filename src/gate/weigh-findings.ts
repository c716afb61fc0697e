import type { Finding } from "../finding.ts";
import type { ReplayRule } from "../replay/findings.ts";
import { weighableFindings } from "../rules/weighable-findings.ts";
import { overridesFor, type RuleSetting, type RuleSettings, settingFor } from "../rules/policy.ts";

/** Gives findings of the replay the weight that the configuration says. */
export interface Weighing {
  /** The finding as it weighs here; `undefined` where it is switched off. */
  weigh(finding: Finding): Finding | undefined;
  /** Whether any of these revisions has the first of these findings switched on; if not, it is not looked for, nor the others. */
  isAsked(ids: readonly [ReplayRule, ...ReplayRule[]], revisions: readonly { readonly file: string }[]): boolean;
  /** What is switched off, everywhere or for a file in which it was found. */
  off(): readonly string[];
}

/** Weighs nothing yet. */
export function weighing(policy: RuleSettings): Weighing {
  const ids: readonly ReplayRule[] = weighableFindings;
  const off = new Set<string>(ids.filter((id) => policy.rules[id] === "off"));
  const weighable: ReadonlySet<string> = new Set(weighableFindings);
  const settingOf = ({ ruleId, file = "" }: Pick<Finding, "ruleId" | "file">): RuleSetting | undefined =>
    weighable.has(ruleId) ? settingFor(policy, overridesFor(policy, file), ruleId) : undefined;
  return {
    isAsked([ruleId, ...others], revisions) {
      if (revisions.length === 0 || revisions.some(({ file }) => settingOf({ ruleId, file }) !== "off")) return true;
      for (const id of [ruleId, ...others]) off.add(id);
      return false;
    },
    weigh(finding) {
      const setting = settingOf(finding);
      if (setting === undefined) return finding;
      if (setting !== "off") return { ...finding, severity: setting };
      off.add(finding.ruleId);
      return undefined;
    },
    off: () => [...off],
  };
}
