import type { Finding, Severity } from "../finding.ts";
import type { History } from "../history.ts";
import type { Check, ProjectVerdict, RevisionReport, StatementReport } from "../verdict.ts";
import { coverageText } from "./coverage-text.ts";
import type { Block, Section } from "./fit.ts";
import { lockTable } from "./lock-table.ts";
import { code, fence, paragraphs, place, prose } from "./markup.ts";
import { lineageMermaid } from "./mermaid.ts";
import { toReview } from "./reviewed-statements.ts";
import { scriptLines } from "./sql.ts";
import { counted } from "../prose.ts";

/** Where a report leads to, and how long its parts may be. */
export interface SectionContext {
  /** The address below which the files are, at the commit that was checked. */
  readonly sourceUrl?: string;
  /** Of one finding's text and one statement, in characters. */
  readonly textLimit: number;
  /** Whether there are several projects, so that each has to be told from the others. */
  readonly isOneOfSeveral: boolean;
}

/** How a status, or a verdict, is marked. */
export const marks = { passed: "✅", failed: "❌", errored: "⚠️", skipped: "➖" } as const;

/** The heaviest first. */
const severities: readonly Severity[] = ["error", "warning", "info"];
const severityMarks = { error: "❌", warning: "⚠️", info: "ℹ️" } as const;

/** One project: its checks, its findings, its lineage where that is no line, and its SQL, in this order of importance too. */
export function projectSection(project: ProjectVerdict, context: SectionContext): Section {
  const outcome = outcomeOf(project);
  const directory = project.directory === "." ? "" : ` in ${code(project.directory)}`;
  const title = `${code(project.name)} (${project.tool})${directory}`;
  const isOpen = outcome !== "passed" || project.findings.length > 0;
  return {
    open: context.isOneOfSeveral
      ? `<details${isOpen ? " open" : ""}><summary>${marks[outcome]} ${title}</summary>`
      : `<p>${title}</p>`,
    blocks: [
      { text: checkTable(project), priority: 0 },
      ...project.findings
        .toSorted((one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity))
        .map((finding) => ({ text: findingText(finding, context), priority: 1 })),
      ...lineageDrawing(project),
      ...lockTable(project.revisions).map((text) => ({ text, priority: 3 })),
      ...project.revisions.filter((revision) => revision.new).flatMap((revision) => sql(revision, context)),
      ...(project.plan ? [{ text: `<p><sub>plan ${code(project.plan.digest)}</sub></p>`, priority: 1 }] : []),
    ],
    close: context.isOneOfSeveral ? "</details>" : "",
  };
}

function outcomeOf({ checks, findings }: ProjectVerdict): "passed" | "failed" | "errored" {
  if (checks.some(({ status }) => status === "failed") || findings.some(({ severity }) => severity === "error"))
    return "failed";
  return checks.some(({ status }) => status === "errored") ? "errored" : "passed";
}

function checkTable({ checks, lineage, server, coverage }: ProjectVerdict): string {
  const rows = checks.map(
    (check, index) =>
      `<tr><td>${marks[check.status]}</td><td>${check.id}</td><td>${result(check, checks[index - 1])}</td></tr>`,
  );
  const facts = [
    ...(lineage
      ? [
          `${counted(lineage.revisions, "revision")}, ${lineage.new.length} new, ${counted(lineage.heads.length, "head")}`,
        ]
      : []),
    ...(server
      ? [
          `PostgreSQL ${prose(server.version)}, ${server.engine}${server.instead === undefined ? "" : ` (${prose(server.instead)})`}`,
        ]
      : []),
    ...(coverage ? [prose(coverageText(coverage))] : []),
  ];
  const table = ["<table>", "<tr><th></th><th>check</th><th>result</th></tr>", ...rows, "</table>"].join("\n");
  return facts.length === 0 ? table : `${table}\n\n<p>${facts.join("; ")}</p>`;
}

/** One reason often keeps several checks from running: it is said once. */
function result(check: Check, previous: Check | undefined): string {
  if (check.status === "passed") return "passed";
  const isRepeated =
    previous !== undefined &&
    previous.status !== "passed" &&
    previous.status === check.status &&
    previous.reason === check.reason;
  return isRepeated ? `${check.status} for the same reason` : `${check.status}: ${prose(check.reason)}`;
}

function findingText(finding: Finding, { sourceUrl, textLimit }: SectionContext): string {
  const { severity, title, ruleId, file, line, message, help, difference } = finding;
  const at = file === undefined ? "" : `, ${place(file, line, sourceUrl)}`;
  return [
    `<details${severity === "error" ? " open" : ""}><summary>${severityMarks[severity]} <b>${severity}: ${prose(title)}</b> (${code(ruleId)})${at}</summary>`,
    ...paragraphs(message, textLimit),
    ...(difference === undefined ? [] : [fence(difference.slice(0, textLimit), "diff")]),
    ...(help === undefined ? [] : paragraphs(help, textLimit)),
    "</details>",
  ].join("\n\n");
}

function lineageDrawing({ lineage, revisions, tool }: ProjectVerdict): readonly Block[] {
  if (lineage === undefined || lineage.heads.length + lineage.branchPoints.length + lineage.mergePoints.length < 2)
    return [];
  const history: History = {
    shape: tool === "alembic" ? "graph" : "linear",
    revisions: revisions.map((revision) => ({ ...revision, dependsOn: [], branchLabels: [], downgrade: "present" })),
    problems: [],
  };
  const text = `<details open><summary>Lineage</summary>\n\n${fence(lineageMermaid(history, lineage), "mermaid")}\n\n</details>`;
  return [{ text, priority: 2 }];
}

function sql({ id, title, up, down }: RevisionReport, { textLimit }: SectionContext): readonly Block[] {
  const ways = [
    { name: "Up", statements: up && toReview(up) },
    { name: "Down", statements: down ? toReview(down) : undefined },
  ] as const;
  if (up === undefined && down === undefined) return [];
  const counts = [
    ...ways.flatMap(({ name, statements }) => (statements ? [`${statements.length} ${name.toLowerCase()}`] : [])),
    ...(down === null ? ["no way back"] : []),
  ];
  const text = [
    `<details><summary>SQL of ${code(id)}${title ? ` ${code(title)}` : ""}: ${counts.join(", ")}</summary>`,
    ...ways.flatMap(({ name, statements }) =>
      statements ? [`<p><b>${name}</b></p>`, script(statements, textLimit)] : [],
    ),
    "</details>",
  ].join("\n\n");
  return [{ text, priority: 4 }];
}

function script(statements: readonly StatementReport[], limit: number): string {
  return statements.length === 0 ? "<p>nothing</p>" : fence(scriptLines(statements, limit).join("\n"), "sql");
}
