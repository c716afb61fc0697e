import { hash } from "node:crypto";
import { appendFileSync } from "node:fs";
import { warning } from "@actions/core";
import { publishComment } from "../github/comment.ts";
import type { MergedPull } from "../github/merged-pulls.ts";
import type { GitHubApi } from "../github/octokit.ts";
import { publishOutputs } from "../github/outputs.ts";
import { optional } from "../optional.ts";
import { applyMarkdown, type ApplyContext, type ApplyNews } from "../report/apply-markdown.ts";
import { plainLine } from "../report/plain-text.ts";
import type { ApplyInputs } from "./apply-inputs.ts";
import type { RepositoryName } from "../github/repository-name.ts";

/** Says it in the job's summary, and on every pull request that brought what was pending. */
export async function tellPulls(
  news: ApplyNews,
  api: GitHubApi,
  place: RepositoryName,
  pulls: readonly MergedPull[],
  { apply: { directory, project, tool, configFile }, deployment, comment }: ApplyInputs,
  run: { readonly commit: string; readonly runUrl: string; readonly environment: NodeJS.ProcessEnv },
): Promise<void> {
  const chosen = [directory, project, tool, configFile, deployment].map((value) => value ?? null);
  const key = hash("sha256", JSON.stringify(chosen)).slice(0, 12);
  const context: ApplyContext = {
    marker: `<!-- headgate:apply ${key} -->`,
    commit: run.commit,
    runUrl: run.runUrl,
    ...optional("environment", deployment),
  };
  const body = applyMarkdown(news, context);
  const summary = run.environment["GITHUB_STEP_SUMMARY"];
  if (summary) appendFileSync(summary, body);
  if (!comment) return;
  for (const pull of pulls) await commentOn(pull, body, context.marker, api, place);
}

async function commentOn(
  pull: MergedPull,
  body: string,
  marker: string,
  api: GitHubApi,
  place: RepositoryName,
): Promise<void> {
  const { number, headCommit, baseBranch } = pull;
  const pullRequest = { number, headCommit, baseBranch, isFromFork: false };
  const text = { compose: () => body, isRetired: () => false };
  const outcome = await publishComment(api, { ...place, pullRequest, marker }, text);
  if (outcome.kind === "posted") publishOutputs({ "comment-url": outcome.url });
  else warning(plainLine(`#${number}: ${outcome.reason}`), { title: "Headgate did not comment" });
}
