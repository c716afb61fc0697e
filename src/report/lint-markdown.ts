import type { Finding } from "../finding.ts";
import type { LintVerdict } from "../lint-verdict.ts";
import { coverageText } from "./coverage-text.ts";
import { weightText } from "./lint-text.ts";
import { code, fence, paragraphs, place, prose } from "./markup.ts";

/** The outcome of `headgate lint` as GitHub-flavoured Markdown. Text from the repository is shown as text. */
export function lintMarkdown(verdict: LintVerdict): string {
  const marks = { passed: "✅", failed: "❌", errored: "⚠️" } as const;
  return `${[
    `## ${marks[verdict.verdict]} Headgate lint: ${verdict.verdict}`,
    `${weightText(verdict.findings)}; ${coverageText(verdict.coverage)}.`,
    ...verdict.coverage.skipped.map(({ name, reason }) => `<p>Not judged: ${code(name)}: ${prose(reason)}.</p>`),
    ...verdict.findings.flatMap(section),
  ].join("\n\n")}\n`;
}

function section({ severity, title, ruleId, file, line, statement, message, help }: Finding): readonly string[] {
  const at = file === undefined ? "" : ` at ${place(file, line, undefined)}`;
  return [
    `<p><b>${severity}: ${prose(title)}</b> (${code(ruleId)})${at}</p>`,
    ...(statement ? [fence(statement, "sql")] : []),
    ...paragraphs(message, longestText),
    ...(help === undefined ? [] : paragraphs(help, longestText)),
  ];
}

/** In characters; what is longer is cut. */
const longestText = 20_000;
