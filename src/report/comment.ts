import type { Verdict } from "../verdict.ts";
import { markdownReport } from "./markdown.ts";

/** The longest comment that GitHub takes, in characters. */
const commentLimit = 65_536;

/** What a comment is about. All of it is GitHub's own, or of digits and letters. */
export interface CommentContext {
  /** Tells configurations apart that comment on the same pull request. */
  readonly key: string;
  /** The commit that was checked. */
  readonly commit: string;
  /** The repository's page, for example `https://github.com/owner/name`. */
  readonly repositoryUrl: string;
  /** The page of the workflow run. */
  readonly runUrl: string;
}

/** The line a comment of ours begins with. Nothing from a repository can stand before it. */
export const marker = (key: string): string => `<!-- headgate:comment ${key} -->`;

/** The comment for a verdict. */
export function commentBody(verdict: Verdict, context: CommentContext): string {
  const first = `${marker(context.key)}\n`;
  const body = markdownReport(verdict, {
    sourceUrl: `${context.repositoryUrl}/blob/${context.commit}`,
    wholeReportUrl: context.runUrl,
    footer: footer(verdict.headgate, context),
    limit: commentLimit - first.length,
  });
  return first + body;
}

/** What the comment becomes when the pull request no longer changes a migration. */
export const retiredComment = (context: CommentContext): string =>
  `${marker(context.key)}\n➖ Headgate: this pull request no longer changes a migration (as of <code>${context.commit.slice(0, 7)}</code>).\n`;

/** What the comment becomes when a later commit could not be checked at all, so that it says nothing of another commit. */
export const staleComment = (context: CommentContext): string =>
  `${marker(context.key)}\n⚠️ Headgate could not check <code>${context.commit.slice(0, 7)}</code>; the <a href="${context.runUrl}">job's log</a> says why.\n`;

const footer = (version: string, { commit, runUrl }: CommentContext): string =>
  `<p><sub>Headgate ${version} at <code>${commit.slice(0, 7)}</code>, <a href="${runUrl}">run</a></sub></p>`;
