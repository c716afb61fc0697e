import type { Finding } from "../finding.ts";
import type { LintVerdict } from "../lint-verdict.ts";
import { coverageText } from "./coverage-text.ts";
import { plainLine } from "./plain-text.ts";
import { findingText } from "./finding-text.ts";
import { paint, type TextOptions, wrapped } from "./terminal-lines.ts";
import { counted } from "../prose.ts";

/** The outcome of `headgate lint` for a person at a terminal: every finding with its statement underlined. */
export function lintText(verdict: LintVerdict, options: TextOptions): string {
  const blocks = verdict.findings.map((finding) => findingText(finding, options));
  const skipped = verdict.coverage.skipped.map(({ name, reason }) =>
    wrapped(`${paint("yellow", "not judged", options)}  ${plainLine(name)}: ${reason}`, options),
  );
  return `${[...blocks, ...skipped, lastLine(verdict, options)].join("\n\n")}\n`;
}

/** How many findings of which weight: `2 errors, 1 warning`. */
export function weightText(findings: readonly Finding[]): string {
  const weights = (["error", "warning", "info"] as const).flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [counted(count, severity === "info" ? "note" : severity)];
  });
  return weights.length === 0 ? "nothing found" : weights.join(", ");
}

function lastLine(verdict: LintVerdict, options: TextOptions): string {
  const marks = { passed: ["✔", "green"], failed: ["✘", "red"], errored: ["!", "yellow"] } as const;
  const [mark, style] = marks[verdict.verdict];
  // What is said of the text itself, or of allowances, has no page.
  const explain = verdict.findings.some(({ evidence }) => evidence)
    ? "\n`headgate explain RULE` says more about a rule."
    : "";
  const outcome = `${paint(style, mark, options)} ${paint("bold", verdict.verdict, options)}`;
  return wrapped(`${outcome}: ${weightText(verdict.findings)}; ${coverageText(verdict.coverage)}${explain}`, options);
}
