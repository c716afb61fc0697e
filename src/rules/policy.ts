import { posix } from "node:path";
import type { Severity } from "../finding.ts";

/** How much a rule weighs in a project; `off`: it is not asked. */
export type RuleSetting = Severity | "off";

/** What a project's configuration says of the rules. Paths may be patterns such as `legacy/**`. */
export interface RuleSettings {
  readonly rules: Readonly<Record<string, RuleSetting>>;
  /** For some files only; what comes later wins. */
  readonly overrides: readonly {
    readonly paths: readonly string[];
    readonly rules: Readonly<Record<string, RuleSetting>>;
  }[];
  readonly allow: readonly ConfiguredAllowance[];
}

/** A rule that may fire in these files, and why. */
export interface ConfiguredAllowance {
  readonly rule: string;
  readonly paths: readonly string[];
  readonly reason: string;
}

/** Nothing is said. */
export const defaultRuleSettings: RuleSettings = { rules: {}, overrides: [], allow: [] };

/** The overrides that concern a file, what comes later last. */
export const overridesFor = ({ overrides }: RuleSettings, file: string): RuleSettings["overrides"] =>
  overrides.filter(({ paths }) => covers(paths, file));

/** What a rule weighs where these overrides count; `undefined` where the configuration leaves that to the rule. */
export function settingFor(
  { rules }: RuleSettings,
  overrides: RuleSettings["overrides"],
  ruleId: string,
): RuleSetting | undefined {
  return overrides.findLast((override) => override.rules[ruleId] !== undefined)?.rules[ruleId] ?? rules[ruleId];
}

/** The entries of the configuration that allow something in a file. */
export const allowedIn = ({ allow }: RuleSettings, file: string): readonly ConfiguredAllowance[] =>
  allow.filter(({ paths }) => covers(paths, file));

/** Whether one entry names files one by one. */
export const namesFiles = ({ paths }: ConfiguredAllowance): boolean => !paths.some((path) => /[*?[{]/.test(path));

const covers = (paths: readonly string[], file: string): boolean =>
  paths.some((path) => path === file || posix.matchesGlob(file, path));
