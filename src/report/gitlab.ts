import type { Finding } from "../finding.ts";
import { fingerprints } from "./fingerprint.ts";
import { plainText } from "./plain-text.ts";

const severities = { error: "major", warning: "minor", info: "info" } as const;

/**
 * Findings as GitLab's code quality report.
 * https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
 */
export function gitlabReport(findings: readonly Finding[]): string {
  const prints = fingerprints(findings);
  const issues = findings.map(({ ruleId, severity, message, help, file, line }, index) => ({
    description: plainText(help === undefined ? message : `${message}\n\n${help}`),
    check_name: ruleId,
    fingerprint: prints[index],
    severity: severities[severity],
    // GitLab leaves out what has no place.
    location: { path: file ?? ".", lines: { begin: line ?? 1 } },
  }));
  return `${JSON.stringify(issues, undefined, 2)}\n`;
}
