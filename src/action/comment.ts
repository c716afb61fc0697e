import { hash } from "node:crypto";
import { publishComment, type CommentOutcome, type CommentTarget, type CommentText } from "../github/comment.ts";
import type { PullRequest } from "../github/event.ts";
import { connectToGitHub, type GitHubApi } from "../github/octokit.ts";
import { commentBody, isRetired, retiredComment, speaksFor, staleComment } from "../report/comment.ts";
import { marker, type CommentContext } from "../report/comment-frame.ts";
import type { Verdict } from "../verdict.ts";
import { version } from "../version.ts";
import type { ActionInputs } from "./inputs.ts";
import { apiUrl, links, repositoryOf } from "./workflow-links.ts";

/** What there is to say on a pull request. */
export type Message =
  | { readonly kind: "verdict"; readonly verdict: Verdict }
  /** The pull request changes no migration. */
  | { readonly kind: "no-migrations" }
  /** There is no verdict. */
  | { readonly kind: "not-checked" };

/** Says it on the pull request. `environment` is the runner's. */
export async function commentOn(
  pullRequest: PullRequest,
  message: Message,
  inputs: ActionInputs,
  { token, environment }: { readonly token: string; readonly environment: NodeJS.ProcessEnv },
): Promise<CommentOutcome> {
  const context = { ...links(environment), ...speaker(inputs, environment), commit: pullRequest.headCommit };
  const api = await connectToGitHub(token, apiUrl(environment));
  return say(api, { ...repositoryOf(environment), pullRequest }, message, context);
}

/** Says it in the name that the context has. */
export function say(
  api: GitHubApi,
  place: Omit<CommentTarget, "marker">,
  message: Message,
  context: CommentContext,
): Promise<CommentOutcome> {
  return publishComment(api, { ...place, marker: marker(context.key) }, textOf(message, context));
}

/** A message as what becomes of a comment. */
function textOf(message: Message, context: CommentContext): CommentText {
  const shared =
    context.job === undefined ? { isRetired } : { isRetired, holds: (body: string) => speaksFor(body, context) };
  switch (message.kind) {
    case "verdict":
      return { ...shared, compose: (existing) => commentBody(message.verdict, context, existing) };
    case "no-migrations":
      return { isRetired, compose: (existing) => (existing.length > 0 ? retiredComment(context) : undefined) };
    case "not-checked":
      return {
        ...shared,
        compose: (existing) => (existing.length > 0 ? staleComment(context, version, existing) : undefined),
      };
    default:
      return message satisfies never;
  }
}

/**
 * Who speaks: `key` is the same for every run of one step, and another for a step that checks something else. The jobs of a
 * matrix share one, and each has its own part in the comment.
 */
export function speaker(
  { gate, matrix, jobCount }: ActionInputs,
  environment: NodeJS.ProcessEnv,
): Pick<CommentContext, "key" | "job"> {
  const { directory, configFile, project, tool, engine, postgres, image } = gate;
  const chosen = [directory, configFile, project, tool, engine, postgres, image].map((value) => value ?? null);
  if (matrix === undefined || jobCount < 2) return { key: digest(chosen) };
  const step = ["GITHUB_WORKFLOW", "GITHUB_JOB", "GITHUB_ACTION"].map((name) => environment[name] ?? null);
  return { key: digest(step), job: { id: digest([matrix, chosen]), label: matrix, count: jobCount } };
}

/** Twelve hexadecimal digits that stand for a value. */
export const digest = (value: unknown): string => hash("sha256", JSON.stringify(value)).slice(0, 12);
