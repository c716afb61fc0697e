import { type Configuration } from "../repository/configuration.ts";
import { readConfiguration } from "../repository/read-configuration.ts";
import { ConfigurationError } from "../errors.ts";
import type { Exemption } from "../lineage/exemptions.ts";
import type { Repository } from "../repository/repository.ts";

/**
 * The exemptions from the history check. One counts when the base branch has it, too, or when the base branch's configuration
 * says `history: allow-self-exemption`: what a change says about itself is the change's word alone.
 */
export function historyExemptions({
  base,
  configuration,
  configFile,
}: Pick<Repository, "base" | "configuration" | "configFile">): readonly Exemption[] {
  const entries = configuration["history-exemptions"];
  if (entries.length === 0 || base === undefined) return entries.map((entry) => ({ ...entry, isTrusted: false }));
  const trusted = configurationAt(base.tip ?? base.mergeBase, configFile);
  return entries.map((entry) => ({
    ...entry,
    isTrusted:
      trusted?.history === "allow-self-exemption" ||
      trusted?.["history-exemptions"].some(
        ({ files, expires }) => files === entry.files && expires === entry.expires,
      ) === true,
  }));
}

/** The configuration as the base branch has it; `undefined` where it has none that can be read: then nothing is allowed. */
function configurationAt(
  files: NonNullable<Repository["base"]>["mergeBase"],
  configFile: string | undefined,
): Configuration | undefined {
  try {
    return readConfiguration(files, configFile);
  } catch (error) {
    if (error instanceof ConfigurationError) return undefined;
    throw error;
  }
}

/** The day in UTC, as `expires` of an exemption says it. */
export const dayNow = (): string => new Date().toISOString().slice(0, 10);
