import { readFileSync } from "node:fs";
import { UsageError } from "../errors.ts";
import type { CommentOutcome } from "../github/comment.ts";
import { archivesOf, pullRequestOf, readFinishedRun } from "../github/finished-run.ts";
import { connectToGitHub } from "../github/octokit.ts";
import { optional } from "../optional.ts";
import { say, type Message } from "./comment.ts";
import { apiUrl, links, repositoryOf } from "./workflow-links.ts";
import type { ActionInputs } from "./inputs.ts";
import { unpackReport, type ReportArchive } from "./report-archive.ts";
import { artifactPrefix } from "./report-artifact.ts";

/**
 * Comments what a run found whose token may not comment: that of a pull request from a fork. This one's token may, so that it
 * checks out nothing and runs nothing of the pull request's; which pull request it is, and its commit, GitHub says, and what the
 * run left behind is read as a stranger's.
 * @param report is told of each outcome
 * @throws UsageError when another event started it
 */
export async function commentForRun(
  { token }: ActionInputs,
  environment: NodeJS.ProcessEnv,
  report: (outcome: CommentOutcome) => void,
): Promise<void> {
  const path = environment["GITHUB_EVENT_PATH"];
  const run = readFinishedRun(path ? JSON.parse(readFileSync(path, "utf8")) : undefined);
  if (token === undefined) throw new UsageError("`mode: comment` needs the input github-token.");
  if (run.event !== "pull_request" || !run.isFromFork)
    return report({ kind: "none", reason: "Nothing to comment: that run was for no pull request from a fork." });
  const api = await connectToGitHub(token, apiUrl(environment));
  const repository = repositoryOf(environment);
  try {
    const pullRequest = await pullRequestOf(api, repository, run);
    if (pullRequest === undefined)
      return report({ kind: "none", reason: "No comment: not exactly one open pull request has that run's commit." });
    const archives = await archivesOf(api, repository, { run, prefix: artifactPrefix });
    if (archives.length === 0) return report({ kind: "none", reason: "No comment: that run left no report." });
    for (const bytes of archives) {
      const archive = unpackReport(bytes);
      if (archive === undefined) {
        report({
          kind: "failed",
          reason: "No comment: an artifact of that run is no report of this version of Headgate.",
        });
        continue;
      }
      const { key, job } = archive.envelope;
      const context = { ...links(environment, String(run.id)), ...optional("job", job), key, commit: run.headCommit };
      report(await say(api, { ...repository, pullRequest }, messageOf(archive), { ...context, isHearsay: true }));
    }
  } catch (cause) {
    report({ kind: "failed", reason: whyNotRead(cause) });
  }
}

function messageOf({ envelope, verdict }: ReportArchive): Message {
  if (verdict !== undefined) return { kind: "verdict", verdict };
  return { kind: envelope.kind === "no-migrations" ? "no-migrations" : "not-checked" };
}

function whyNotRead(cause: unknown): string {
  const { status, message } = cause as { status?: number; message?: string };
  return status === 403 || status === 404
    ? "No comment: the github-token may not read what that run left. Add the lines `actions: read` and `pull-requests: write` under `permissions:` of the job."
    : `No comment: what that run left could not be read (${message ?? "no reason given"}).`;
}
