import { nodeKind } from "../sql/syntax.ts";
import { type TableCommand, usedTableCommands } from "./alter-table.ts";
import { overridesFor, type RuleSetting, type RuleSettings, settingFor } from "./policy.ts";
import type { Rule, Step, Subcommand } from "./rule.ts";

/** A rule with what the configuration says that it weighs. */
export interface AskedRule {
  readonly rule: Rule;
  readonly setting: RuleSetting | undefined;
}

/** Which rules are asked of the statements of a file. */
export interface AskedRules {
  in(file: string): (step: Step) => readonly AskedRule[];
  /** Those that the configuration switches off for a file that was asked about. */
  readonly off: ReadonlySet<string>;
}

/** Whether the text of a statement means something to a rule. */
export function looksAt({ statements, commands }: Rule, step: Step): boolean {
  const kind = nodeKind(step.node);
  if (statements && !statements.includes(kind)) return false;
  return (
    kind !== "AlterTableStmt" ||
    !commands ||
    usedTableCommands(step).some((each) => commands.includes(subcommand(each)))
  );
}

/** The rules to ask. @param all whether those that do not look at a statement's kind have more to say than its text tells */
export function askedRules(rules: readonly Rule[], policy: RuleSettings, all: boolean): AskedRules {
  const off = new Set<string>();
  /** For each set of overrides that concerns some file: what is asked of a statement there. */
  const known = new Map<string, (step: Step) => readonly AskedRule[]>();
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
        known.set(key, (asked = all ? () => on : alike(on)));
      }
      return asked;
    },
  };
}

/** What has been found for one statement holds for all that look alike to `looksAt`. */
function alike(rules: readonly AskedRule[]): (step: Step) => readonly AskedRule[] {
  const known = new Map<string, readonly AskedRule[]>();
  return (step) => {
    const kind = nodeKind(step.node);
    const key = kind === "AlterTableStmt" ? [...new Set(usedTableCommands(step).map(subcommand))].join(" ") : kind;
    let asked = known.get(key);
    if (!asked) known.set(key, (asked = rules.filter(({ rule }) => looksAt(rule, step))));
    return asked;
  };
}

const subcommand = ({ command }: TableCommand): Subcommand => command.subtype ?? "AT_AddColumn";
