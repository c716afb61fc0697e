import type { Finding } from "../finding.ts";
import type { LintVerdict } from "../lint-verdict.ts";
import { coverageText } from "./coverage-text.ts";
import { weightText } from "./lint-text.ts";
import { plainLine, plainText } from "./plain-text.ts";

/** The outcome of `headgate lint` as GitHub-flavoured Markdown. Text from the repository is shown as text. */
export function lintMarkdown(verdict: LintVerdict): string {
  const marks = { passed: "✅", failed: "❌", errored: "⚠️" } as const;
  return `${[
    `## ${marks[verdict.verdict]} Headgate lint: ${verdict.verdict}`,
    `${weightText(verdict.findings)}; ${coverageText(verdict.coverage)}.`,
    ...verdict.coverage.skipped.map(({ name, reason }) => `Not judged: ${inline(name)}: ${reason}.`),
    ...verdict.findings.flatMap(section),
  ].join("\n\n")}\n`;
}

function section({ severity, title, ruleId, file, line, statement, message, help }: Finding): readonly string[] {
  const place = file === undefined ? "" : ` at ${inline(line === undefined ? file : `${file}:${line}`)}`;
  return [
    `**${severity}: ${title}** (\`${ruleId}\`)${place}`,
    ...(statement ? [fence("sql", statement)] : []),
    fence("text", help === undefined ? message : `${message}\n\n${help}`),
  ];
}

/** A fenced block that its content cannot end: the fence is longer than any run of backticks in it. */
function fence(language: string, text: string): string {
  const content = plainText(text);
  const longest = Math.max(2, ...[...content.matchAll(/`+/g)].map(([run]) => run.length));
  const ticks = "`".repeat(longest + 1);
  return `${ticks}${language}\n${content}\n${ticks}`;
}

/** Text as text: every character that Markdown, HTML, mentions or issue links could start with is written as an entity. */
const inline = (text: string): string =>
  plainLine(text).replaceAll(
    /[^A-Za-z0-9 ,;()/.:?'\u00a0-\uffff-]|(?<=\b(?:https?|www))[:.]/g,
    (character) => `&#${character.codePointAt(0)};`,
  );
