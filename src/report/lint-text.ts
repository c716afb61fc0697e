import { styleText } from "node:util";
import type { Finding } from "../finding.ts";
import type { LintVerdict } from "../lint.ts";
import { coverageText } from "./coverage-text.ts";
import { plainLine, plainText } from "./plain-text.ts";

type Style = Parameters<typeof styleText>[0];

/** The outcome of `headgate lint` for a person at a terminal: every finding with its statement underlined. */
export function lintText(verdict: LintVerdict, { color }: { readonly color: boolean }): string {
  const paint = (style: Style, text: string): string =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const blocks = verdict.findings.map((finding) => findingBlock(finding, paint));
  const skipped = verdict.coverage.skipped.map(
    ({ name, reason }) => `${paint("yellow", "not judged")}  ${plainLine(name)}: ${reason}`,
  );
  return `${[...blocks, ...skipped, lastLine(verdict, paint)].join("\n\n")}\n`;
}

/** How many findings of which weight: `2 errors, 1 warning`. */
export function weightText(findings: readonly Finding[]): string {
  const weights = (["error", "warning", "info"] as const).flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [counted(count, severity === "info" ? "note" : severity)];
  });
  return weights.length === 0 ? "nothing found" : weights.join(", ");
}

const severityStyles = { error: "red", warning: "yellow", info: "blue" } as const;

function findingBlock(finding: Finding, paint: (style: Style, text: string) => string): string {
  const place =
    finding.file === undefined
      ? ""
      : `${plainLine(finding.file)}${finding.line === undefined ? "" : `:${finding.line}`}`;
  const way = finding.direction === "down" ? "  way back" : "";
  return [
    `${paint(severityStyles[finding.severity], finding.severity)}  ${paint("bold", finding.ruleId)}  ${paint("cyan", place)}${paint("dim", way)}`,
    ...excerpt(finding, paint),
    indented(finding.message),
    ...(finding.help === undefined ? [] : [paint("green", indented(finding.help))]),
  ].join("\n");
}

const longestExcerpt = 4;

function excerpt(
  { statement, line = 1, severity }: Finding,
  paint: (style: Style, text: string) => string,
): readonly string[] {
  if (statement === undefined || statement === "") return [];
  const lines = plainText(statement).split("\n");
  const shown = lines.slice(0, longestExcerpt);
  const width = String(line + shown.length - 1).length;
  return [
    ...shown.flatMap((text, index) => {
      const cut = text.length > 160 ? `${text.slice(0, 159)}…` : text;
      const indent = cut.length - cut.trimStart().length;
      return [
        `${paint("dim", `  ${String(line + index).padStart(width)} │`)} ${cut}`,
        `${paint("dim", `  ${" ".repeat(width)} │`)} ${" ".repeat(indent)}${paint(severityStyles[severity], "~".repeat(Math.max(1, cut.trim().length)))}`,
      ];
    }),
    ...(lines.length > shown.length
      ? [paint("dim", `  ${" ".repeat(width)} │ … ${counted(lines.length - shown.length, "more line")}`)]
      : []),
  ];
}

function lastLine(verdict: LintVerdict, paint: (style: Style, text: string) => string): string {
  const marks = { passed: ["✔", "green"], failed: ["✘", "red"], errored: ["!", "yellow"] } as const;
  const [mark, style] = marks[verdict.verdict];
  const explain = verdict.findings.length > 0 ? "\n`headgate explain RULE` says more about a rule." : "";
  return `${paint(style, mark)} ${paint("bold", verdict.verdict)}: ${weightText(verdict.findings)}; ${coverageText(verdict.coverage)}${explain}`;
}

const indented = (text: string): string =>
  plainText(text)
    .split("\n")
    .map((line) => (line === "" ? "" : `  ${line}`))
    .join("\n");

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
