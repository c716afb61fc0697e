import { type Node, type NodeKind, nodeKind } from "../sql/syntax.ts";
import { overridesFor, type RuleSetting, type RuleSettings, settingFor } from "./policy.ts";
import type { Rule } from "./rule.ts";

/** A rule with what the configuration says that it weighs. */
export interface AskedRule {
  readonly rule: Rule;
  readonly setting: RuleSetting | undefined;
}

/** Which rules are asked of the statements of a file. */
export interface AskedRules {
  in(file: string): (node: Node) => readonly AskedRule[];
  /** Those that the configuration switches off for a file that was asked about. */
  readonly off: ReadonlySet<string>;
}

/** Whether the text of such a statement means something to a rule. */
export const looksAt = ({ statements }: Rule, node: Node): boolean =>
  !statements || statements.includes(nodeKind(node));

/** The rules to ask. @param all whether those that do not look at a statement's kind have more to say than its text tells */
export function askedRules(rules: readonly Rule[], policy: RuleSettings, all: boolean): AskedRules {
  const off = new Set<string>();
  /** For each set of overrides that concerns some file: what is asked of a statement there. */
  const known = new Map<string, (node: Node) => readonly AskedRule[]>();
  return {
    off,
    in(file) {
      const overrides = overridesFor(policy, file);
      const key = overrides.map((override) => policy.overrides.indexOf(override)).join(" ");
      let asked = known.get(key);
      if (!asked) {
        const here = rules.map((rule) => ({ rule, setting: settingFor(policy, overrides, rule.id) }));
        for (const { rule, setting } of here) if (setting === "off") off.add(rule.id);
        const on = here.filter(({ setting }) => setting !== "off");
        known.set(key, (asked = all ? () => on : byKind(on)));
      }
      return asked;
    },
  };
}

function byKind(rules: readonly AskedRule[]): (node: Node) => readonly AskedRule[] {
  const known = new Map<NodeKind, readonly AskedRule[]>();
  return (node) => {
    const kind = nodeKind(node);
    let asked = known.get(kind);
    if (!asked) known.set(kind, (asked = rules.filter(({ rule }) => looksAt(rule, node))));
    return asked;
  };
}
