import type { AllowedFinding, Finding } from "./finding.ts";
import type { JudgedCounts } from "./rules/judgements.ts";

/** The outcome of `headgate lint`. `errored`: nothing was judged. */
export interface LintVerdict {
  readonly schemaVersion: 1;
  /** Headgate's version. */
  readonly headgate: string;
  readonly verdict: "passed" | "failed" | "errored";
  readonly coverage: LintCoverage;
  readonly findings: readonly Finding[];
}

/** How much was looked at. */
export interface LintCoverage extends JudgedCounts {
  /** What would have been found, but for an allowance. */
  readonly allowed: readonly AllowedFinding[];
  /** Rules that the configuration switches off for a file that was judged. */
  readonly off: readonly string[];
  /** What was left out, and why. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}
