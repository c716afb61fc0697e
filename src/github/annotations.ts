import { error, notice, warning } from "@actions/core";
import type { Severity } from "../finding.ts";
import { plainLine, plainText } from "../report/plain-text.ts";
import type { Verdict } from "../verdict.ts";

/** How many annotations of one type GitHub shows of one step. */
const shownPerType = 10;

/** One annotation, ready to be sent. */
export interface Annotation {
  readonly severity: Severity;
  readonly title: string;
  readonly message: string;
  readonly file?: string;
  readonly startLine?: number;
}

/**
 * The annotations for a verdict's findings, at most as many of each type as GitHub shows. Where there are more, the last one
 * says how many.
 */
export function annotationsOf(verdict: Verdict): readonly Annotation[] {
  const findings = verdict.projects.flatMap((project) => project.findings);
  return (["error", "warning", "info"] as const).flatMap((severity) => {
    const own = findings.filter((finding) => finding.severity === severity);
    const shown = own
      .slice(0, own.length > shownPerType ? shownPerType - 1 : shownPerType)
      .map(({ ruleId, title, message, help, file, line }): Annotation => ({
        severity,
        title: plainLine(`${title} (${ruleId})`),
        message: plainText(help === undefined ? message : `${message}\n\n${help}`),
        ...(file === undefined ? {} : { file }),
        ...(file === undefined || line === undefined ? {} : { startLine: line }),
      }));
    if (shown.length === own.length) return shown;
    const rest = `${own.length - shown.length} more findings are in the job summary.`;
    return [...shown, { severity, title: "Headgate", message: rest }];
  });
}

/** Sends annotations to the runner. */
export function annotate(annotations: readonly Annotation[]): void {
  const senders = { error, warning, info: notice } as const;
  for (const { severity, message, ...properties } of annotations) senders[severity](message, properties);
}
