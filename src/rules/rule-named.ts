import { rules } from "./registry.ts";
import type { Rule } from "./rule.ts";

const byId = new Map(rules.map((rule) => [rule.id, rule]));

/** The rule of an id; `undefined` for findings of anything else. */
export const ruleNamed = (id: string): Rule | undefined => byId.get(id);
