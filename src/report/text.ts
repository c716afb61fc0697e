import { styleText } from "node:util";
import wrapAnsi from "wrap-ansi";
import type { Finding, Severity } from "../finding.ts";
import type { Check, ProjectVerdict, Verdict } from "../verdict.ts";
import { plainLine, plainText } from "./plain-text.ts";

/** How wide the terminal is, and whether it shows colours. */
export interface TextOptions {
  /** In columns. */
  readonly width: number;
  readonly color: boolean;
  /** How long the whole run took, in milliseconds. */
  readonly durationMs?: number;
}

type Style = Parameters<typeof styleText>[0];

/** The verdict for a person at a terminal. */
export function textReport(verdict: Verdict, options: TextOptions): string {
  const paint = (style: Style, text: string) =>
    options.color ? styleText(style, text, { validateStream: false }) : text;
  const width = Math.max(40, Math.min(options.width, 120));
  const indented = (text: string, indent: number) =>
    text
      .split("\n")
      .flatMap((line) => {
        const own = /^(- |\s+)/.exec(line)?.[0].length ?? 0;
        const [first, ...rest] = wrapAnsi(line, width - indent, { hard: true, trim: false }).split("\n");
        return [first, ...rest.map((part) => " ".repeat(own) + part.trimStart())];
      })
      .map((line) => (" ".repeat(indent) + line).trimEnd())
      .join("\n");

  const section = (project: ProjectVerdict): string => {
    const { lineage, server } = project;
    const place = project.directory === "." ? "" : ` in ${plainLine(project.directory)}`;
    const size = lineage
      ? [
          counted(lineage.revisions, "revision"),
          counted(lineage.heads.length, "head"),
          `${lineage.new.length === lineage.revisions ? "all" : lineage.new.length} new`,
        ].join(", ")
      : undefined;
    const engine = server
      ? `PostgreSQL ${server.version}, ${server.engine}, up in ${seconds(server.startMs)}`
      : undefined;
    return [
      `${paint("bold", plainLine(project.name))}  ${project.tool}${place}`,
      ...[size, engine].filter((line) => line !== undefined).map((line) => indented(paint("dim", line), 2)),
      ...project.checks.map((check) => checkLine(check)),
      ...project.findings.map((finding) => `\n${findingText(finding)}`),
    ].join("\n");
  };
  const checkLine = (check: Check): string => {
    const [mark, style] = marks[check.status];
    const reason = check.status === "passed" ? "" : `${check.status}: ${plainLine(check.reason)}`;
    const [first = "", ...rest] = indented(reason, 14).trimStart().split("\n");
    return [`  ${paint(style, mark)} ${check.id.padEnd(10)}${first ? ` ${first}` : ""}`.trimEnd(), ...rest].join("\n");
  };
  const findingText = (finding: Finding): string => {
    const arrow = finding.direction === "down" ? " ↓" : finding.direction === "up" ? " ↑" : "";
    const place = finding.file ? `${plainLine(finding.file)}${finding.line ? `:${finding.line}` : ""}` : "";
    return [
      `  ${paint(severityStyles[finding.severity], finding.severity)}  ${finding.ruleId}${
        finding.revision === undefined ? "" : `  ${paint("bold", plainLine(finding.revision))}${arrow}`
      }`,
      ...(place ? [indented(paint("cyan", place), 4)] : []),
      indented(plainText(finding.message), 4),
      ...(finding.help ? [indented(paint("green", plainText(finding.help)), 4)] : []),
    ].join("\n");
  };

  const [mark, style] = marks[verdict.verdict];
  const time = options.durationMs === undefined ? "" : ` in ${seconds(options.durationMs)}`;
  return `${[...verdict.projects.map(section), `${paint(style, mark)} ${paint("bold", verdict.verdict)}: ${summary(verdict)}${time}`].join("\n\n")}\n`;
}

const marks = {
  passed: ["✔", "green"],
  failed: ["✘", "red"],
  errored: ["!", "yellow"],
  skipped: ["–", "dim"],
} as const satisfies Record<Check["status"], readonly [string, Style]>;

const severityStyles = { error: "red", warning: "yellow", info: "blue" } as const satisfies Record<Severity, Style>;

/** One sentence: how many projects, how many findings of which weight, and what could not be checked. */
export function summary(verdict: Verdict): string {
  const findings = verdict.projects.flatMap((project) => project.findings);
  const weights = (["error", "warning", "info"] as const)
    .map((severity) => [severity, findings.filter((finding) => finding.severity === severity).length] as const)
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => (severity === "info" ? counted(count, "note") : counted(count, severity)));
  const unchecked = verdict.projects
    .flatMap(({ checks }) => checks)
    .filter(({ status }) => status === "errored").length;
  return [
    counted(verdict.projects.length, "project"),
    weights.length === 0 ? "nothing found" : weights.join(", "),
    ...(unchecked > 0 ? [`${counted(unchecked, "check")} could not be done`] : []),
  ].join(", ");
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

const seconds = (durationMs: number): string =>
  durationMs < 1000 ? `${Math.round(durationMs)} ms` : `${(durationMs / 1000).toFixed(1)} s`;
