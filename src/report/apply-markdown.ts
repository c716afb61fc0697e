import type { ApplyReport, TakenRevision, TargetOutcome, TargetsReport } from "../apply-report.ts";
import { schemaText } from "./apply-text.ts";
import { code, prose } from "./markup.ts";
import { counted } from "../prose.ts";

/** What is told on a merged pull request: what was done, or why not and what to do. */
export type ApplyNews =
  | { readonly kind: "report"; readonly report: ApplyReport }
  | { readonly kind: "targets"; readonly report: TargetsReport }
  /** `message` says the state and the next command; `applied`, what was done before it failed. */
  | { readonly kind: "failure"; readonly message: string; readonly applied: readonly string[] };

/** Where the news come from. */
export interface ApplyContext {
  /** Hidden, to find the comment again. */
  readonly marker: string;
  readonly commit: string;
  /** The page of the workflow run. */
  readonly runUrl: string;
  /** The name of the environment; absent where it has none. The target's address is nobody's but the log's. */
  readonly environment?: string;
}

/** No comment shows more revisions, and the log has them all. */
const shownRevisions = 50;

/** The comment on a merged pull request. */
export function applyMarkdown(news: ApplyNews, context: ApplyContext): string {
  const where = context.environment === undefined ? "the database" : code(context.environment);
  const foot = `<p><sub>Headgate at <code>${context.commit.slice(0, 7)}</code>, <a href="${context.runUrl}">run</a></sub></p>`;
  return `${[context.marker, ...newsOf(news, where), foot].join("\n\n")}\n`;
}

function newsOf(news: ApplyNews, where: string): readonly string[] {
  switch (news.kind) {
    case "report":
      return told(news.report, where);
    case "targets":
      return several(news.report, where);
    case "failure":
      return failed(news, where);
    default:
      return news satisfies never;
  }
}

function several({ targets, outcome }: TargetsReport, where: string): readonly string[] {
  const done = targets.filter((target) => target.outcome === "done").length;
  const rows = targets.map((target) => `<tr><td>${code(target.name)}</td><td>${targetText(target)}</td></tr>`);
  return [
    `### ${outcome === "done" ? "✅" : "❌"} ${done} of ${targets.length} targets of ${where} done`,
    ["<table>", "<tr><th>target</th><th></th></tr>", ...rows, "</table>"].join("\n"),
  ];
}

function targetText(target: TargetOutcome): string {
  switch (target.outcome) {
    case "done": {
      const { outcome, applied } = target.report;
      return outcome === "applied" ? `${counted(applied.length, "revision")} applied` : outcome.replaceAll("-", " ");
    }
    case "failed":
      return prose(target.message, 500);
    case "not-reached":
      return "not reached";
    default:
      return target satisfies never;
  }
}

function told(
  { outcome, pending, applied, plan, schema, overridden, unlike = [] }: ApplyReport,
  where: string,
): readonly string[] {
  const more = [
    ...(overridden.length > 0 ? [`Allowed by name: ${overridden.map((name) => code(name)).join(", ")}.`] : []),
    ...unlike.map((difference) => `<p>${prose(difference, 500)}</p>`),
    ...(plan === undefined ? [] : [`Plan ${code(plan)}`]),
  ];
  switch (outcome) {
    case "applied":
      return [`### ✅ ${counted(applied.length, "revision")} applied to ${where}`, table(applied), ...more];
    case "dry-run":
      return [
        `### Dry run: ${counted(pending.length, "revision")} would be applied to ${where}, and nothing was`,
        ...more,
      ];
    case "nothing-pending":
      return [
        schema?.state === "changed"
          ? `### ⚠️ Nothing was pending, and the schema of ${where} was changed`
          : `### ✅ Nothing was pending: ${where} is up to date`,
        ...(schema === undefined ? [] : [`<p>${prose(schemaText(schema), 2_000)}</p>`]),
      ];
    case "skipped":
      return [`### Skipped: ${where} was not looked at`];
    default:
      return outcome satisfies never;
  }
}

const failed = ({ message, applied }: Extract<ApplyNews, { kind: "failure" }>, where: string): readonly string[] => [
  `### ❌ Not applied to ${where}${applied.length > 0 ? `, but for ${counted(applied.length, "revision")}` : ""}`,
  `<p>${prose(message, 4_000)}</p>`,
  ...(applied.length > 0
    ? [
        `Applied before: ${applied
          .slice(0, shownRevisions)
          .map((id) => code(id))
          .join(", ")}.`,
      ]
    : []),
];

function table(applied: readonly TakenRevision[]): string {
  const rows = applied.slice(0, shownRevisions).map(({ id, durationMs, attempts, blockedBy, resumedBehind }) => {
    const notes = [
      ...(attempts > 1 ? [`${attempts} attempts`] : []),
      ...(blockedBy.length > 0 ? [`waited for ${blockedBy.map((who) => prose(who, 200)).join("; ")}`] : []),
      ...(resumedBehind > 0 ? [`resumed behind statement ${resumedBehind}`] : []),
    ];
    return `<tr><td>${code(id)}</td><td>${durationMs} ms</td><td>${notes.join(", ")}</td></tr>`;
  });
  const rest = applied.length - rows.length;
  return [
    "<table>",
    "<tr><th>revision</th><th>took</th><th></th></tr>",
    ...rows,
    ...(rest > 0 ? [`<tr><td colspan="3">and ${rest} more</td></tr>`] : []),
    "</table>",
  ].join("\n");
}
