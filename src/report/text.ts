import type { Finding, Severity } from "../finding.ts";
import type { Check, ProjectVerdict, Verdict } from "../verdict.ts";
import { coverageText } from "./coverage-text.ts";
import { findingText } from "./finding-text.ts";
import { plainLine } from "./plain-text.ts";
import { counted } from "../prose.ts";
import { indented, paint, type Style, type TextOptions, wrapped } from "./terminal-lines.ts";

/** How a verdict is shown. */
export interface VerdictTextOptions extends TextOptions {
  /** How long the whole run took, in milliseconds. */
  readonly durationMs?: number;
}

/** The verdict for a person at a terminal. */
export function textReport(verdict: Verdict, options: VerdictTextOptions): string {
  const [mark, style] = marks[verdict.verdict];
  const time = options.durationMs === undefined ? "" : ` in ${seconds(options.durationMs)}`;
  const last = `${paint(style, mark, options)} ${paint("bold", verdict.verdict, options)}: ${summary(verdict)}${time}`;
  return `${[...verdict.projects.map((project) => section(project, options)), wrapped(last, options)].join("\n\n")}\n`;
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

const marks = {
  passed: ["✔", "green"],
  failed: ["✘", "red"],
  errored: ["!", "yellow"],
  skipped: ["–", "dim"],
} as const satisfies Record<Check["status"], readonly [string, Style]>;

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
