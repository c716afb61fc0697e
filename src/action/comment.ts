import { createHash } from "node:crypto";
import type { GateOptions } from "../gate.ts";
import { publishComment, type CommentOutcome } from "../github/comment.ts";
import type { PullRequest } from "../github/event.ts";
import { connectToGitHub } from "../github/octokit.ts";
import { commentBody, marker, retiredComment, staleComment, type CommentContext } from "../report/comment.ts";
import type { Verdict } from "../verdict.ts";

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
  options: Omit<GateOptions, "environment">,
  { token, environment }: { readonly token: string; readonly environment: NodeJS.ProcessEnv },
): Promise<CommentOutcome> {
  const [owner = "", repo = ""] = (environment["GITHUB_REPOSITORY"] ?? "").split("/");
  const context = { ...links(environment), key: keyOf(options), commit: pullRequest.headCommit };
  const target = { owner, repo, pullRequest, marker: marker(context.key) };
  const api = await connectToGitHub(token, environment["GITHUB_API_URL"] || "https://api.github.com");
  switch (message.kind) {
    case "verdict":
      return publishComment(api, target, commentBody(message.verdict, context));
    case "no-migrations":
      return publishComment(api, target, undefined, retiredComment(context));
    case "not-checked":
      return publishComment(api, target, undefined, staleComment(context));
    default:
      return message satisfies never;
  }
}

/** Where a report leads to. `environment` is the runner's. */
export function links(environment: NodeJS.ProcessEnv): Pick<CommentContext, "repositoryUrl" | "runUrl"> {
  const server = environment["GITHUB_SERVER_URL"] || "https://github.com";
  const repositoryUrl = `${server}/${environment["GITHUB_REPOSITORY"] ?? ""}`;
  return { repositoryUrl, runUrl: `${repositoryUrl}/actions/runs/${environment["GITHUB_RUN_ID"] ?? ""}` };
}

/** The same for every run of one step, and another for a step that checks something else. */
function keyOf({
  directory,
  configFile,
  project,
  tool,
  engine,
  postgres,
  image,
}: Omit<GateOptions, "environment">): string {
  const chosen = [directory, configFile, project, tool, engine, postgres, image].map((value) => value ?? null);
  return createHash("sha256").update(JSON.stringify(chosen)).digest("hex").slice(0, 12);
}
