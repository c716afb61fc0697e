import type { Finding, Severity } from "../finding.ts";
import { excerpt } from "./excerpt.ts";
import { plainLine, plainText } from "./plain-text.ts";
import { columns, indented, paint, type Style, type TextOptions, wrapped } from "./terminal-lines.ts";

/** One finding: what it is, where, what happened, what to do. */
export function findingText(finding: Finding, options: TextOptions): string {
  const arrow = finding.direction === "down" ? " ↓" : finding.direction === "up" ? " ↑" : "";
  const place = finding.file
    ? [plainLine(finding.file), finding.line, finding.line && finding.column].filter(Boolean).join(":")
    : "";
  // A finding of the replay quotes its statement among its words.
  const isQuoted = finding.message.includes("Statement: ");
  const severity = paint(severityStyles[finding.severity], finding.severity, options);
  const revision =
    finding.revision === undefined ? "" : `  ${paint("bold", plainLine(finding.revision), options)}${arrow}`;
  return [
    wrapped(`  ${severity}  ${finding.ruleId}${revision}`, options),
    // Not broken, however narrow the terminal: it is to be copied, or clicked.
    ...(place ? [paint("cyan", `    ${place}`, options)] : []),
    ...(isQuoted ? [] : statementLines(finding, options)),
    indented(plainText(finding.message), 4, options),
    ...(finding.difference === undefined ? [] : differenceLines(finding.difference, options)),
    ...(finding.help ? [paint("green", indented(plainText(finding.help), 4, options), options)] : []),
  ].join("\n");
}

/** A unified difference, its lines not broken: what begins one says what it is. */
const differenceLines = (difference: string, options: TextOptions): readonly string[] =>
  plainText(difference)
    .split("\n")
    .map((line) =>
      paint(/^\+(?!\+\+ )/.test(line) ? "green" : /^-(?!-- )/.test(line) ? "red" : "dim", `    ${line}`, options),
    );

function statementLines(finding: Finding, options: TextOptions): readonly string[] {
  const style = {
    width: columns(options) - 4,
    dim: (text: string) => paint("dim", text, options),
    mark: (text: string) => paint(severityStyles[finding.severity], text, options),
  };
  return excerpt(finding, style).map((text) => `    ${text}`);
}

const severityStyles = { error: "red", warning: "yellow", info: "blue" } as const satisfies Record<Severity, Style>;
