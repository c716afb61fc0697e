import { setTimeout } from "node:timers/promises";
import type { PullRequest } from "./event.ts";
import type { GitHubApi } from "./octokit.ts";
import { refusalOf } from "./refusal.ts";
import type { RepositoryName } from "./repository-name.ts";

/** Where a comment goes, and how to know it again. */
export interface CommentTarget extends RepositoryName {
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

/** What to say, given what is there. Pure. */
export interface CommentText {
  /**
   * The comment; `undefined` where there is nothing to say.
   * @param existing the comments of ours that are there, the oldest first; several, where several jobs made one at once
   */
  compose(existing: readonly string[]): string | undefined;
  /** Whether a comment still holds what this job wrote. Absent: no other job writes to it. */
  holds?(body: string): boolean;
  /** Whether a comment says that there is nothing to say any more; such a one is hidden. */
  isRetired(body: string): boolean;
}

/** GitHub has no way to change a comment only if it is as it was read: jobs that write at once look again, at odd times. */
const rounds = 6;

/**
 * Keeps one comment on a pull request up to date. Never throws for anything that GitHub answers.
 * @param pauseMs the longest time between writing and looking again, in milliseconds; longer than reading and writing takes
 */
export async function publishComment(
  api: GitHubApi,
  target: CommentTarget,
  text: CommentText,
  pauseMs = 4_000,
): Promise<CommentOutcome> {
  try {
    return await publish(api, target, text, pauseMs);
  } catch (error) {
    return { kind: "failed", reason: whyNot(error, target.pullRequest.isFromFork) };
  }
}

async function publish(
  api: GitHubApi,
  target: CommentTarget,
  text: CommentText,
  pauseMs: number,
): Promise<CommentOutcome> {
  const { owner, repo, pullRequest } = target;
  const { data: pull } = await api.rest.pulls.get({ owner, repo, pull_number: pullRequest.number });
  if (pull.head.sha !== pullRequest.headCommit)
    return { kind: "none", reason: "The pull request has a newer commit; its own run will comment." };
  const author = await ownLogin(api);
  let own = await ownComments(api, target, author);
  for (let round = 1; ; round++) {
    const body = text.compose(own.map((comment) => comment.body ?? ""));
    if (body === undefined) return { kind: "none", reason: "There is nothing to comment on." };
    const url = await write(api, target, own, { body, isRetired: (comment) => text.isRetired(comment) });
    if (text.holds === undefined && url !== undefined) return { kind: "posted", url };
    await setTimeout(pauseMs / 2 + (Math.random() * pauseMs) / 2);
    own = await ownComments(api, target, author);
    const [first, ...others] = own;
    if (first !== undefined && others.length === 0 && text.holds?.(first.body ?? "") === true)
      return { kind: "posted", url: first.html_url };
    if (round === rounds)
      return { kind: "failed", reason: "No comment: other jobs wrote to it at the same time, again and again." };
  }
}

async function ownComments(api: GitHubApi, { owner, repo, pullRequest, marker }: CommentTarget, author: string) {
  const place = { owner, repo, issue_number: pullRequest.number, per_page: 100 };
  const comments = await api.paginate(api.rest.issues.listComments, place);
  return comments
    .filter(({ user, body }) => user?.login === author && body?.startsWith(marker))
    .toSorted((one, other) => one.id - other.id);
}

/**
 * Writes the oldest comment of ours, or a new one; what others hold is in its text by then. Gives its address, and nothing
 * where another job has removed it meanwhile.
 */
async function write(
  api: GitHubApi,
  { owner, repo, pullRequest }: CommentTarget,
  own: Awaited<ReturnType<typeof ownComments>>,
  { body, isRetired }: { readonly body: string; isRetired(body: string): boolean },
): Promise<string | undefined> {
  const [first, ...others] = own;
  if (first === undefined) {
    const created = await api.rest.issues.createComment({ owner, repo, issue_number: pullRequest.number, body });
    return created.data.html_url;
  }
  try {
    if (first.body !== body) await api.rest.issues.updateComment({ owner, repo, comment_id: first.id, body });
    for (const { id } of others) await api.rest.issues.deleteComment({ owner, repo, comment_id: id });
  } catch (error) {
    // A token that may only read is told 403.
    if ((error as { status?: number }).status === 404) return undefined;
    throw error;
  }
  const [was, is] = [isRetired(first.body ?? ""), isRetired(body)];
  if (was !== is) await setHidden(api, first.node_id, is);
  return first.html_url;
}

/** Folds a comment away, or shows it again. Its text says the same, so that nothing depends on it. */
async function setHidden(api: GitHubApi, id: string, isHidden: boolean): Promise<void> {
  const mutation = isHidden
    ? "mutation ($id: ID!) { minimizeComment(input: { subjectId: $id, classifier: OUTDATED }) { clientMutationId } }"
    : "mutation ($id: ID!) { unminimizeComment(input: { subjectId: $id }) { clientMutationId } }";
  try {
    await api.graphql(mutation, { id });
  } catch {
    // A token may be allowed to write comments and not to hide them.
  }
}

/** Whose token it is; an installation's, like the workflow's own, may not ask `GET /user`. */
async function ownLogin(api: GitHubApi): Promise<string> {
  const { viewer } = await api.graphql<{ viewer: { login: string } }>("query { viewer { login } }");
  return viewer.login;
}

function whyNot(error: unknown, isFromFork: boolean): string {
  const refusal = refusalOf(error);
  switch (refusal.kind) {
    case "token":
      return "No comment: GitHub does not accept the github-token.";
    case "limit":
      return "No comment: GitHub takes no more requests from this token for now.";
    case "permission":
      return isFromFork
        ? "No comment: GitHub gives a pull request from a fork a token that may only read, whatever `permissions:` says. The job summary has the whole report; `headgate init --forks` writes the workflow that comments it."
        : "No comment: the github-token may not comment. Add the line `pull-requests: write` under `permissions:` of the job.";
    case "other":
      return `No comment: GitHub could not be reached or refused it (${refusal.reason}).`;
    default:
      return refusal satisfies never;
  }
}
