import type { Verdict } from "../verdict.ts";
import { commentLimit, footer, marker, type CommentContext } from "./comment-frame.ts";
import { encodeState, fitSql, readParts, withoutText, type CommentPart, type WrittenPart } from "./comment-state.ts";
import { joinedComment } from "./joined-comment.ts";
import { markdownParts } from "./markdown.ts";
import { sqlToRemember } from "./remembered-sql.ts";

/**
 * The comment for a verdict.
 * @param existing the comments that are there, all of them ours; what they say about other jobs and earlier pushes is kept
 */
export function commentBody(verdict: Verdict, context: CommentContext, existing: readonly string[] = []): string {
  const parts = partsOf(existing, context);
  const count = context.job?.count ?? 1;
  const roomForSql = Math.min(8_000, Math.floor(commentLimit / count / 8));
  // A revision that could not be examined is not one that is gone.
  const isExamined = verdict.projects.every(({ revisions }) => revisions.every((one) => !one.new || one.up));
  const sql = isExamined ? fitSql(sqlToRemember(verdict.projects), roomForSql) : undefined;
  const before = earlierOf(parts, context);
  const findings = verdict.projects.flatMap((project) => project.findings);
  const own = {
    job: context.job?.id ?? "",
    label: context.job?.label ?? "",
    commit: context.commit,
    verdict: verdict.verdict,
    errors: findings.filter(({ severity }) => severity === "error").length,
    warnings: findings.filter(({ severity }) => severity === "warning").length,
    ...(sql === undefined ? {} : { sql }),
    // What a stranger's run says was not sealed by us.
    ...(context.isHearsay ? {} : { seals: sealsOf(verdict) }),
    ...(before === undefined ? {} : { before }),
  };
  const write = (limit: number) =>
    markdownParts(verdict, {
      sourceUrl: `${context.repositoryUrl}/blob/${context.commit}`,
      more: { url: context.runUrl, name: "job summary" },
      ...(before === undefined || !isExamined ? {} : { before }),
      limit,
    });
  if (context.job === undefined) {
    const first = `${marker(context.key)}\n${encodeState([own])}`;
    const end = footer(verdict.headgate, context);
    const { head, body } = write(commentLimit - first.length - end.length - 8);
    return `${first}${[head, body, end].filter(Boolean).join("\n\n")}\n`;
  }
  const { head, body } = write(Math.floor((commentLimit - 8_000) / count) - 2 * roomForSql);
  const text = [head.replace(/^### .*\n\n/, ""), body].filter(Boolean).join("\n\n");
  return joinedComment([...parts.filter(({ job }) => job !== own.job), { ...own, text }], verdict.headgate, context);
}

const sealsOf = ({ projects }: Verdict): NonNullable<CommentPart["seals"]> =>
  projects.flatMap(({ name, plan }) => (plan === undefined ? [] : [{ project: name, revisions: plan.revisions }]));

/** Whether the comment is {@link retiredComment}. */
export const isRetired = (body: string): boolean => /^<!-- headgate:comment \w+ -->\r?\n➖ /.test(body);

/** What the comment becomes when the pull request no longer changes a migration. */
export const retiredComment = (context: CommentContext): string =>
  `${marker(context.key)}\n➖ Headgate: this pull request no longer changes a migration (as of <code>${context.commit.slice(0, 7)}</code>).\n`;

/** What the comment becomes when a later commit could not be checked at all, so that it says nothing of another commit. */
export function staleComment(context: CommentContext, version: string, existing: readonly string[] = []): string {
  const parts = partsOf(existing, context);
  const old = parts.find(({ job }) => job === (context.job?.id ?? ""));
  const why = `⚠️ Headgate could not check <code>${context.commit.slice(0, 7)}</code>; the <a href="${context.runUrl}">job's log</a> says why.`;
  if (context.job === undefined) {
    const kept = old === undefined ? "" : encodeState([withoutText(old)]);
    return `${marker(context.key)}\n${kept}${why}\n`;
  }
  const before = earlierOf(parts, context);
  const own: WrittenPart = {
    ...(before === undefined ? {} : { before }),
    job: context.job.id,
    label: context.job.label,
    commit: context.commit,
    verdict: "errored",
    errors: 0,
    warnings: 0,
    text: `<p>${why}</p>`,
  };
  return joinedComment([...parts.filter(({ job }) => job !== own.job), own], version, context);
}

/** Whether a comment holds what this job wrote for this commit: others may have written at the same time. */
export function speaksFor(body: string, context: CommentContext): boolean {
  return partsOf([body], context).some(
    ({ job, commit }) => job === (context.job?.id ?? "") && commit === context.commit,
  );
}

/** The SQL of the newest commit before this one that was examined. */
function earlierOf(parts: readonly WrittenPart[], { commit, job }: CommentContext): CommentPart["before"] {
  const own = parts.find((part) => part.job === (job?.id ?? ""));
  return own?.sql === undefined || own.commit === commit ? own?.before : { commit: own.commit, sql: own.sql };
}

/** What comments of ours say, each job once. */
function partsOf(existing: readonly string[], { key }: CommentContext): readonly WrittenPart[] {
  const first = `${marker(key)}\n`;
  const all = existing.flatMap((body) => {
    const text = body.replaceAll("\r\n", "\n");
    return text.startsWith(first) ? readParts(text.slice(first.length)) : [];
  });
  return [...new Map(all.toReversed().map((part) => [part.job, part])).values()];
}
