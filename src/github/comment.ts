import type { PullRequest } from "./event.ts";
import type { GitHubApi } from "./octokit.ts";

/** Where a comment goes, and how to know it again. */
export interface CommentTarget {
  readonly owner: string;
  readonly repo: string;
  readonly pullRequest: PullRequest;
  /** What the comment's text begins with. */
  readonly marker: string;
}

/** What became of a comment. */
export type CommentOutcome =
  | { readonly kind: "posted"; readonly url: string }
  /** There is nothing to say, or somebody else has said it; `reason` is a sentence. */
  | { readonly kind: "none"; readonly reason: string }
  /** It could not be posted; `reason` says why and what to do, in sentences. */
  | { readonly kind: "failed"; readonly reason: string };

/**
 * Keeps one comment on a pull request up to date. Never throws for anything that GitHub answers.
 * @param text the comment; absent: none is posted
 * @param otherwise what one that is already there becomes where there is no `text`; absent: it stays
 */
export async function publishComment(
  api: GitHubApi,
  target: CommentTarget,
  text: string | undefined,
  otherwise?: string,
): Promise<CommentOutcome> {
  try {
    return await publish(api, target, text, otherwise);
  } catch (error) {
    return { kind: "failed", reason: whyNot(error, target.pullRequest.isFromFork) };
  }
}

async function publish(
  api: GitHubApi,
  { owner, repo, pullRequest, marker }: CommentTarget,
  text: string | undefined,
  otherwise: string | undefined,
): Promise<CommentOutcome> {
  const { data: pull } = await api.rest.pulls.get({ owner, repo, pull_number: pullRequest.number });
  if (pull.head.sha !== pullRequest.headCommit)
    return { kind: "none", reason: "The pull request has a newer commit; its own run will comment." };
  const place = { owner, repo, issue_number: pullRequest.number };
  const author = await ownLogin(api);
  const comments = await api.paginate(api.rest.issues.listComments, { ...place, per_page: 100 });
  const own = comments.find(({ user, body }) => user?.login === author && body?.startsWith(marker));
  const body = text ?? (own === undefined ? undefined : otherwise);
  if (body === undefined) return { kind: "none", reason: "There is nothing to comment on." };
  if (own === undefined) {
    const { data } = await api.rest.issues.createComment({ ...place, body });
    return { kind: "posted", url: data.html_url };
  }
  if (own.body === body) return { kind: "posted", url: own.html_url };
  const { data } = await api.rest.issues.updateComment({ owner, repo, comment_id: own.id, body });
  return { kind: "posted", url: data.html_url };
}

/** Whose token it is; an installation's, like the workflow's own, may not ask `GET /user`. */
async function ownLogin(api: GitHubApi): Promise<string> {
  const { viewer } = await api.graphql<{ viewer: { login: string } }>("query { viewer { login } }");
  return viewer.login;
}

function whyNot(error: unknown, isFromFork: boolean): string {
  const {
    status,
    message = "",
    response,
  } = error as {
    status?: number;
    message?: string;
    response?: { headers?: Record<string, string | undefined> };
  };
  if (status === 401) return "No comment: GitHub does not accept the github-token.";
  const isLimited = response?.headers?.["x-ratelimit-remaining"] === "0" || response?.headers?.["retry-after"];
  if (status === 429 || (status === 403 && (isLimited || /rate limit/i.test(message))))
    return "No comment: GitHub takes no more requests from this token for now.";
  if (status === 403 || status === 404)
    return isFromFork
      ? "No comment: GitHub gives a pull request from a fork a token that may only read, whatever `permissions:` says. The job summary has the whole report."
      : "No comment: the github-token may not comment. Add the line `pull-requests: write` under `permissions:` of the job.";
  const said = message
    .split("\n")[0]
    ?.replace(/ - https:\S+$/, "")
    .slice(0, 300);
  return `No comment: GitHub could not be reached or refused it (${status === undefined ? "" : `${status}: `}${said || "no reason given"}).`;
}
