import { posix } from "node:path";
import type { Finding } from "../finding.ts";

/** An entry of `history-exemptions`. */
export interface Exemption {
  /** A path or a glob, relative to the repository root. */
  readonly files: string;
  readonly reason: string;
  /** The last day it counts, for example `2026-12-31`. */
  readonly expires: string;
  /** Whether it counts, or was only brought by the change that it would exempt. */
  readonly isTrusted: boolean;
}

/** What may be otherwise than it was, and when that is asked. */
export interface Exemptions {
  readonly exemptions: readonly Exemption[];
  /** In UTC, as in `expires`. */
  readonly today: string;
}

/** How a file is exempt from the history check, in the words of the configuration. */
export const howToExempt = (file: string): string =>
  `If that is not possible, say why in headgate.yml, on the base branch first:\n  history-exemptions:\n    - files: ${JSON.stringify(file)}\n      reason: …\n      expires: …`;

/** The exemption that names a file, and why it does not count, where it does not. */
export function exemptionFor(file: string, { exemptions, today }: Exemptions) {
  const matching = exemptions.filter(({ files }) => files === file || posix.matchesGlob(file, files));
  const counting = matching.find(({ isTrusted, expires }) => isTrusted && expires >= today);
  if (counting) return { ...counting, whyNot: undefined };
  const [found] = matching;
  if (found === undefined) return undefined;
  const whyNot =
    found.expires < today
      ? `Its exemption in headgate.yml expired on ${found.expires}.`
      : "This change brings its exemption itself, so it does not count yet. Merge the entry under `history-exemptions` first, or set `history: allow-self-exemption` in the headgate.yml of the base branch.";
  return { ...found, whyNot };
}

/** Says which entries have had their time. */
export function judgeExemptions({ exemptions, today }: Exemptions): readonly Finding[] {
  return exemptions
    .filter(({ expires }) => expires < today)
    .map(({ files, expires, reason }) => ({
      ruleId: "history-exemption-expired",
      severity: "warning",
      title: "An exemption from the history check has expired",
      message: `The entry for ${files} under \`history-exemptions\` counted until ${expires}: ${reason}`,
      help: "Delete it, or give it a later day and say why.",
    }));
}
