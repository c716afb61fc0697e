import { styleText } from "node:util";
import wrapAnsi from "wrap-ansi";
import type { Finding, Severity } from "../finding.ts";
import type { Check, ProjectVerdict, Verdict } from "../verdict.ts";
import { coverageText } from "./coverage-text.ts";
import { excerpt } from "./excerpt.ts";
import { toolCode } from "./markup.ts";
import { plainLine, plainText } from "./plain-text.ts";
import { counted } from "../prose.ts";

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
  const [mark, style] = marks[verdict.verdict];
  const time = options.durationMs === undefined ? "" : ` in ${seconds(options.durationMs)}`;
  const last = `${paint(style, mark, options)} ${paint("bold", verdict.verdict, options)}: ${summary(verdict)}${time}`;
  return `${[...verdict.projects.map((project) => section(project, options)), wrapped(last, options)].join("\n\n")}\n`;
}

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

/** What a report of a project begins with: `locks  alembic in services/locks`; one that is called after its tool says that once. */
export function projectHeading(
  { name, tool, directory }: Pick<ProjectVerdict, "name" | "tool" | "directory">,
  options: TextOptions,
): string {
  const place = directory === "." ? "" : ` in ${plainLine(directory)}`;
  return `${paint("bold", plainLine(name), options)}${name === tool ? "" : `  ${tool}`}${place}`;
}

function section(project: ProjectVerdict, options: TextOptions): string {
  const { lineage, server } = project;
  const size = lineage
    ? [
        counted(lineage.revisions, "revision"),
        counted(lineage.heads.length, "head"),
        `${lineage.new.length === lineage.revisions ? "all" : lineage.new.length} new`,
      ].join(", ")
    : undefined;
  const engine = server
    ? `PostgreSQL ${server.version}, ${server.engine}${server.instead === undefined ? "" : ` (${server.instead})`}, up in ${seconds(server.startMs)}`
    : undefined;
  return [
    projectHeading(project, options),
    ...[size, engine]
      .filter((line) => line !== undefined)
      .map((line) => paint("dim", indented(line, 2, options), options)),
    ...project.checks.map((check, index) => checkLine(check, project.checks[index - 1], options)),
    ...(project.coverage ? [paint("dim", indented(coverageText(project.coverage), 15, options), options)] : []),
    ...project.findings
      .filter((finding) => !isRemark(finding))
      .toSorted((one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity))
      .map((finding) => `\n${findingText(finding, options)}`),
    ...remarks(project.findings.filter(isRemark), options),
  ].join("\n");
}

/** What fails the gate comes first. */
const severities: readonly Severity[] = ["error", "warning", "info"];

/** A note about one statement: worth knowing, and there may be many. */
const isRemark = ({ severity, statement }: Finding): boolean => severity === "info" && statement !== undefined;

function remarks(findings: readonly Finding[], options: TextOptions): readonly string[] {
  if (findings.length === 0) return [];
  const kinds = [...Map.groupBy(findings, ({ ruleId }) => ruleId)].map(
    ([ruleId, { length }]) => `${ruleId} (${length})`,
  );
  const text = `${counted(findings.length, "note")}: ${kinds.join(", ")}; --format json has them, \`headgate explain\` what they mean`;
  return [`\n${paint("dim", indented(text, 2, options), options)}`];
}

function checkLine(check: Check, previous: Check | undefined, options: TextOptions): string {
  const [mark, style] = marks[check.status];
  const reason = check.status === "passed" ? "" : plainLine(reasonText(check, previous));
  return `  ${paint(style, mark, options)} ${check.id.padEnd(10)}${reason && ` ${indented(reason, 15, options).trimStart()}`}`.trimEnd();
}

/** One reason often keeps several checks from running: it is said once. */
function reasonText(check: Exclude<Check, { status: "passed" }>, previous: Check | undefined): string {
  const repeated =
    previous !== undefined &&
    previous.status === check.status &&
    previous.status !== "failed" &&
    previous.reason === check.reason;
  if (check.status === "failed") return check.reason;
  return repeated ? `${words[check.status]} for the same reason` : `${words[check.status]}: ${check.reason}`;
}

const words = { skipped: "skipped", errored: "could not be checked" } as const;

/** Text in a style, where the terminal shows colours. */
export const paint = (style: Style, text: string, { color }: TextOptions): string =>
  color ? styleText(style, text, { validateStream: false }) : text;

const columns = ({ width }: TextOptions): number => Math.max(40, Math.min(width, 120));

/** A line broken to the width, its parts under each other. */
export const wrapped = (line: string, options: TextOptions): string =>
  wrapAnsi(line, columns(options), { hard: true, trim: false });

/** Lines broken between words, never in one, each as far in as its text begins. */
export const brokenLines = (text: string, options: TextOptions): string =>
  text
    .split("\n")
    .flatMap((line) => {
      const begin = /^\s*(?:- )?/.exec(line)?.[0] ?? "";
      const parts = wrapAnsi(line.slice(begin.length), columns(options) - begin.length).split("\n");
      return parts.map((part, at) => (at === 0 ? begin : " ".repeat(begin.length)) + part);
    })
    .join("\n");

/** Text broken to the width and moved in; the parts of a broken list item stay under its text. */
function indented(text: string, indent: number, options: TextOptions): string {
  const width = columns(options) - indent;
  let isProgram = false;
  return text
    .split("\n")
    .flatMap((line) => {
      // A program's lines are not broken: they would mean something else.
      if (isProgram) return [line];
      isProgram = toolCode.test(line);
      const own = /^(- |\s+)/.exec(line)?.[0].length ?? 0;
      const [first, ...rest] = isSql.test(line)
        ? brokenSql(line, width - own)
        : wrapAnsi(line, width - own, { hard: true, trim: false }).split("\n");
      return [first, ...rest.map((part) => " ".repeat(own) + part.trimStart())];
    })
    .map((line) => (" ".repeat(indent) + line).trimEnd())
    .join("\n");
}

/** Ours begins in capitals. */
const isSql = /^\s*[A-Z]{2,}\s/;

/** SQL broken where it means the same afterwards: not in a name or a string, however long. */
function brokenSql(line: string, width: number): readonly string[] {
  const lines: string[] = [/^\s*/.exec(line)?.[0] ?? ""];
  for (const word of line.match(/(?:"(?:[^"]|"")*"|'(?:[^']|'')*'|\S)+/g) ?? []) {
    const last = lines.at(-1) as string;
    const isEmpty = last.trim() === "";
    if (isEmpty || last.length + 1 + word.length <= width) lines[lines.length - 1] = last + (isEmpty ? "" : " ") + word;
    else lines.push(word);
  }
  return lines;
}

const marks = {
  passed: ["✔", "green"],
  failed: ["✘", "red"],
  errored: ["!", "yellow"],
  skipped: ["–", "dim"],
} as const satisfies Record<Check["status"], readonly [string, Style]>;

const severityStyles = { error: "red", warning: "yellow", info: "blue" } as const satisfies Record<Severity, Style>;

/** One sentence: how many projects, how many findings of which weight, and what could not be checked. */
function summary(verdict: Verdict): string {
  const findings = verdict.projects.flatMap((project) => project.findings);
  const weights = (["error", "warning", "info"] as const)
    .map((severity) => [severity, findings.filter((finding) => finding.severity === severity).length] as const)
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => (severity === "info" ? counted(count, "note") : counted(count, severity)));
  const unchecked = verdict.projects
    .flatMap(({ checks }) => checks)
    .filter(({ status }) => status === "errored").length;
  const notJudged = verdict.projects.filter(({ checks }) => checks.every(({ status }) => status === "skipped")).length;
  return [
    counted(verdict.projects.length - notJudged, "project"),
    ...(notJudged > 0 ? [`${notJudged} not judged`] : []),
    weights.length === 0 ? "nothing found" : weights.join(", "),
    ...(unchecked > 0 ? [`${counted(unchecked, "check")} could not be done`] : []),
  ].join(", ");
}

const seconds = (durationMs: number): string =>
  durationMs < 1000 ? `${Math.round(durationMs)} ms` : `${(durationMs / 1000).toFixed(1)} s`;
