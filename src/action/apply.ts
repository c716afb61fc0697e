import { getInput, setSecret, warning } from "@actions/core";
import { apply, type ApplyOptions } from "../apply/apply.ts";
import { applyToTargets, targetsOf } from "../apply/targets.ts";
import type { ApplyReport } from "../apply-report.ts";
import { exitCodeForTargets, exitCodes } from "../exit.ts";
import { ApplyError, UsageError } from "../errors.ts";
import { isShallow } from "../git/last-change.ts";
import { repositoryRoot } from "../git/repository-root.ts";
import { askGit } from "../git/run-git.ts";
import { beginDeployment } from "../github/deployment.ts";
import type { WorkflowEvent } from "../github/event.ts";
import { connectToGitHub } from "../github/octokit.ts";
import { publishOutputs } from "../github/outputs.ts";
import { optional } from "../optional.ts";
import type { ApplyNews } from "../report/apply-markdown.ts";
import { applyText, schemaText } from "../report/apply-text.ts";
import { plainLine } from "../report/plain-text.ts";
import { targetsText } from "../report/targets-text.ts";
import { readApplyInputs, type ApplyInputs } from "./apply-inputs.ts";
import { currentEvent } from "./current-event.ts";
import { withoutAddresses, withoutTarget } from "./hidden-target.ts";
import { log } from "./log.ts";
import { githubReviews } from "./reviews.ts";
import { secretsOf } from "./secrets.ts";
import { tellPulls } from "./tell-pulls.ts";
import { apiUrl, links, repositoryOf } from "./workflow-links.ts";

/**
 * `mode: apply`: brings the database to the commit that was pushed, when the checks of the pull requests have seen what is
 * pending, and says so on them. Gives the exit code, which no trouble with GitHub's comments and deployments changes.
 * @throws UsageError, ConfigurationError, ApplyError and whatever else `apply` throws
 */
export async function runApply(environment: NodeJS.ProcessEnv = process.env): Promise<number> {
  const inputs = readApplyInputs((name) => getInput(name));
  hideSecrets(inputs, environment);
  const { root } = repositoryRoot(inputs.apply.directory);
  const branch = branchOf(currentEvent(environment), root, environment["GITHUB_SHA"]);
  const commit = environment["GITHUB_SHA"] ?? "";
  const { token } = inputs;
  if (token === undefined)
    throw new UsageError("Nobody can be asked what was reviewed: the input github-token is empty.");
  const api = await connectToGitHub(token, apiUrl(environment));
  const place = repositoryOf(environment);
  const reviews = githubReviews(api, place, { root, branch, approval: inputs.approval === "codeowners" });
  const { runUrl } = links(environment);
  const deployment =
    inputs.deployment === undefined
      ? undefined
      : await beginDeployment(api, place, { commit, environment: inputs.deployment, runUrl });
  if (typeof deployment === "string") warning(plainLine(deployment), { title: "Headgate recorded no deployment" });
  const tell = (news: ApplyNews) =>
    tellPulls(news, api, place, reviews.pulls, inputs, { commit, runUrl, environment }).catch((error: unknown) => {
      warning(plainLine(String(error)), { title: "Headgate could not tell the pull requests" });
    });
  let isDone = false;
  const work: ApplyOptions = {
    ...inputs.apply,
    commit,
    review: (rehearsed) => reviews.problems(rehearsed),
    environment,
    onProgress: (step) => log(plainLine(step)),
  };
  try {
    const several = targetsOf(work);
    if (several !== undefined) {
      for (const { variable } of several.targets.databases)
        secretsOf(environment[variable] ?? "")
          .filter(Boolean)
          .forEach(setSecret);
      const report = await applyToTargets(several, work, inputs.shard);
      isDone = report.outcome === "done";
      log(targetsText(report));
      publishOutputs({ outcome: report.outcome });
      await tell({ kind: "targets", report: withoutAddresses(report, several.targets, environment) });
      return exitCodeForTargets(report.targets.filter((target) => target.outcome === "failed"));
    }
    const report = await apply(work);
    isDone = true;
    log(applyText(report));
    if (report.schema?.state === "changed")
      warning(plainLine(schemaText(report.schema)), { title: "The schema is not as Headgate left it" });
    publishOutputs(outputsOf(report));
    await tell({ kind: "report", report });
    return exitCodes.passed;
  } catch (error) {
    if (error instanceof Error && !isDone)
      await tell({
        kind: "failure",
        message: withoutTarget(error.message, inputs.apply.databaseUrl, environment),
        applied: error instanceof ApplyError ? error.applied : [],
      });
    throw error;
  } finally {
    if (typeof deployment === "object")
      await deployment.finish(isDone ? "success" : "failure").catch((error: unknown) => {
        warning(plainLine(String(error)), { title: "The deployment's end could not be recorded" });
      });
  }
}

/**
 * The branch whose commit is checked out, unchanged.
 * @throws UsageError on any other event, and on anything that is not that commit
 */
function branchOf(event: WorkflowEvent, root: string, commit: string | undefined): string {
  if ((event.kind !== "push" && event.kind !== "on-demand") || event.branch === undefined)
    throw new UsageError(
      "`mode: apply` brings a database to what is merged: run it on a push to a branch, or by hand on one.",
    );
  if (commit === undefined || askGit(root, ["rev-parse", "HEAD"]) !== commit)
    throw new UsageError("What is checked out is not the commit that was pushed; check out that one.");
  const changed = askGit(root, ["status", "--porcelain", "--untracked-files=no"]);
  if (changed !== undefined && changed !== "")
    throw new UsageError("What is checked out was changed since; apply before anything that changes tracked files.");
  if (isShallow(root))
    throw new UsageError(
      "The clone is shallow, so that git does not say how a migration came in. Check out with `fetch-depth: 0`.",
    );
  return event.branch;
}

function hideSecrets({ apply: { databaseUrl } }: ApplyInputs, { PGPASSWORD }: NodeJS.ProcessEnv): void {
  if (databaseUrl !== undefined) secretsOf(databaseUrl).forEach(setSecret);
  if (PGPASSWORD) setSecret(PGPASSWORD);
}

const outputsOf = ({ outcome, applied, plan }: ApplyReport): Readonly<Record<string, string>> => ({
  outcome,
  applied: JSON.stringify(applied.map(({ id }) => id)),
  ...optional("plan-digest", plan),
});
