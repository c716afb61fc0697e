import type { LintVerdict } from "../lint-verdict.ts";
import { coverageText } from "./coverage-text.ts";
import { sarifReport, type SarifRule } from "./sarif.ts";

/** What `headgate lint` found, as SARIF. */
export function lintSarif(verdict: LintVerdict, rules: readonly SarifRule[]): string {
  return sarifReport(verdict.findings, {
    version: verdict.headgate,
    rules,
    complete: verdict.coverage.unread === 0,
    notes: [
      ...(verdict.coverage.unread > 0 ? [`${coverageText(verdict.coverage)}.`] : []),
      ...verdict.coverage.skipped.map(({ name, reason }) => `Not judged: ${name}: ${reason}.`),
    ],
  });
}
