import { code } from "./markup.ts";

/** The longest comment that GitHub takes, in characters. */
export const commentLimit = 65_536;

/** What a comment is about. All of it is GitHub's own, or of digits and letters, but for the job's label. */
export interface CommentContext {
  /** Tells configurations apart that comment on the same pull request. */
  readonly key: string;
  /** The commit that was checked. */
  readonly commit: string;
  /** The repository's page, for example `https://github.com/owner/name`. */
  readonly repositoryUrl: string;
  /** The page of the workflow run. */
  readonly runUrl: string;
  /** Which of several jobs of a matrix speaks; each has its own part of the comment. Absent: there is one. */
  readonly job?: { readonly id: string; readonly label: string; readonly count: number };
  /** Whether what is reported comes from a run that the pull request's author had a hand in. */
  readonly isHearsay?: boolean;
}

/** The line a comment of ours begins with. Nothing from a repository can stand before it. */
export const marker = (key: string): string => `<!-- headgate:comment ${key} -->`;

/** The last line of a comment. */
export const footer = (version: string, { commit, runUrl, isHearsay }: CommentContext): string =>
  `<p><sub>Headgate ${code(version)} at <code>${commit.slice(0, 7)}</code>, <a href="${runUrl}">run</a>${isHearsay ? "; a fork's run reported this, and the check on the pull request is what counts" : ""}</sub></p>`;
