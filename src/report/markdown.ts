import type { Finding } from "../finding.ts";
import type { ProjectVerdict, Verdict } from "../verdict.ts";
import { plainLine, plainText } from "./plain-text.ts";
import { summary } from "./text.ts";

/** The verdict as GitHub-flavoured Markdown, for a job summary. Text from the repository is shown as text. */
export function markdownReport(verdict: Verdict): string {
  return `${[`## ${marks[verdict.verdict]} Headgate: ${verdict.verdict}`, sentence(summary(verdict)), ...verdict.projects.flatMap(section)].join("\n\n")}\n`;
}

const marks = { passed: "✅", failed: "❌", errored: "⚠️", skipped: "➖" } as const;

const sentence = (text: string): string => `${text[0]?.toUpperCase()}${text.slice(1)}.`;

function section(project: ProjectVerdict): readonly string[] {
  const rows = project.checks.map(
    (check) =>
      `| ${marks[check.status]} | ${check.id} | ${check.status === "passed" ? "passed" : `${check.status}: ${inline(check.reason)}`} |`,
  );
  return [
    `### ${inline(project.name)} (${project.tool}${project.directory === "." ? "" : `, ${inline(project.directory)}`})`,
    ["| | check | result |", "|---|---|---|", ...rows].join("\n"),
    ...project.findings.flatMap(findingSection),
  ];
}

function findingSection(finding: Finding): readonly string[] {
  const place =
    finding.file === undefined ? "" : ` at ${inline(finding.line ? `${finding.file}:${finding.line}` : finding.file)}`;
  return [
    `**${finding.severity}: ${finding.title}** (\`${finding.ruleId}\`)${place}`,
    fence(finding.help === undefined ? finding.message : `${finding.message}\n\n${finding.help}`),
  ];
}

/** A fenced block that its content cannot end: the fence is longer than any run of backticks in it. */
function fence(text: string): string {
  const content = plainText(text);
  const longest = Math.max(2, ...[...content.matchAll(/`+/g)].map(([run]) => run.length));
  const ticks = "`".repeat(longest + 1);
  return `${ticks}text\n${content}\n${ticks}`;
}

/** Text as text: every character that Markdown, HTML, mentions or issue links could start with is written as an entity. */
const inline = (text: string): string =>
  plainLine(text).replaceAll(
    /[^A-Za-z0-9 ,;()/.:?'\u00a0-\uffff-]|(?<=\b(?:https?|www))[:.]/g,
    (character) => `&#${character.codePointAt(0)};`,
  );
