import type { Severity } from "../finding.ts";
import { rules } from "./registry.ts";

/** A rule in words alone, as a catalogue of rules lists it. */
export interface DescribedRule {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly description: string;
  readonly remedy: string;
  readonly url: string;
}

/** Every rule of the registry, in words. */
export const describedRules: readonly DescribedRule[] = rules.map(
  ({ id, title, severity, effect, remedy, source }) => ({
    id,
    title,
    severity,
    description: effect.consequence,
    remedy,
    url: source.url,
  }),
);
