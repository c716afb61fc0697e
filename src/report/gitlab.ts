import type { Finding } from "../finding.ts";
import { fingerprints } from "./fingerprint.ts";
import { plainText } from "./plain-text.ts";

const severities = { error: "major", warning: "minor", info: "info" } as const;

/**
 * Findings as GitLab's code quality report.
 * @param unchecked sentences about what could not be checked, each an issue too: an empty report looks like a clean one
 * https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
 */
export function gitlabReport(findings: readonly Finding[], unchecked: readonly string[] = []): string {
  const all = [...unchecked.map(notChecked), ...findings];
  const prints = fingerprints(all);
  const issues = all.map(({ ruleId, severity, message, help, file, line }, index) => ({
    description: plainText(help === undefined ? message : `${message}\n\n${help}`),
    check_name: ruleId,
    fingerprint: prints[index],
    severity: severities[severity],
    // GitLab leaves out what has no place.
    location: { path: file ?? ".", lines: { begin: line ?? 1 } },
  }));
  return `${JSON.stringify(issues, undefined, 2)}\n`;
}

const notChecked = (message: string): Finding => ({
  ruleId: "not-checked",
  severity: "error",
  title: "Headgate could not check",
  message,
});
