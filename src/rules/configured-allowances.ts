import type { Finding } from "../finding.ts";
import { allowedIn, type ConfiguredAllowance, namesFiles, type RuleSettings } from "./policy.ts";

/** The allowances of a project's configuration, and which of them allowed something. */
export interface ConfiguredAllowances {
  /** What allows a rule in that file; asking counts as a use. */
  in(file: string): (ruleId: string) => ConfiguredAllowance | undefined;
  /** What is to be said of those that allowed nothing. @param all whether no file of the configuration was left out, so that an entry for many can be judged */
  unused(all: boolean): readonly Finding[];
}

/** The allowances of a configuration, which all its histories share, none of them used yet. */
export function configuredAllowances(policy: RuleSettings): ConfiguredAllowances {
  const used = new Map<ConfiguredAllowance, boolean>();
  return {
    in(file) {
      const entries = allowedIn(policy, file);
      for (const entry of entries) used.set(entry, used.get(entry) ?? false);
      return (ruleId) => {
        const entry = entries.find(({ rule }) => rule === ruleId);
        if (entry) used.set(entry, true);
        return entry;
      };
    },
    unused: (all) =>
      policy.allow.flatMap((entry): readonly Finding[] =>
        used.get(entry) || !(all || (used.has(entry) && namesFiles(entry)))
          ? []
          : [
              {
                ruleId: "unused-allowance",
                severity: "warning",
                title: "An allowance allows nothing",
                message: `The configuration allows ${entry.rule} in ${entry.paths.join(", ")}, and nothing there does what it reports.`,
                help: "Remove the entry under `allow`.",
              },
            ],
      ),
  };
}
