import { appendFileSync } from "node:fs";
import { setSecret, warning } from "@actions/core";
import { exitCodes } from "../exit.ts";
import { ConfigurationError, EngineError, UsageError } from "../errors.ts";
import { basicCredentials, gitCredentials } from "../git/credentials.ts";
import { fetchBase } from "../git/fetch-base.ts";
import { fetchHeads, hasCommit } from "../git/fetch-heads.ts";
import { repositoryRoot } from "../git/repository-root.ts";
import { putStatus } from "../github/commit-status.ts";
import type { WorkflowEvent } from "../github/event.ts";
import { connectToGitHub, type GitHubApi } from "../github/octokit.ts";
import { type OpenPull, openPulls } from "../github/open-pulls.ts";
import type { RepositoryName } from "../github/repository-name.ts";
import { publishOutputs } from "../github/outputs.ts";
import { type Refusal, refusalOf } from "../github/refusal.ts";
import { type MergeTarget, openMergeTarget } from "../merge/merge-target.ts";
import { mergeStatus, type MergeStatus } from "../report/merge-status.ts";
import { plainLine } from "../report/plain-text.ts";
import { watchMarkdown, watchText, type WatchedPull } from "../report/watch-report.ts";
import { type JudgedPull, refuseCredentials, tryOrders } from "./commute.ts";
import type { ActionInputs } from "./inputs.ts";
import { log } from "./log.ts";
import { apiUrl, links, repositoryOf, serverUrl } from "./workflow-links.ts";

/**
 * Judges every open pull request into the branch that was pushed as if it were merged now, and puts what is found as a status on
 * its newest commit. Gives the exit code: that a pull request does not fit fails that pull request, and not this run.
 * @throws UsageError when this is no event to watch on, or nothing can be said without a token
 */
export async function watch(
  event: WorkflowEvent,
  inputs: ActionInputs,
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  const branch = watchedBranch(event);
  const { token, gate } = inputs;
  if (token === undefined)
    throw new UsageError("`mode: watch` needs the input github-token: it says what it finds on commits.");
  setSecret(basicCredentials(token));
  const { root } = repositoryRoot(gate.directory);
  if (inputs.commute) refuseCredentials(root);
  const credentials = gitCredentials(root, token, serverUrl(environment));
  const repository = repositoryOf(environment);
  const api = await connectToGitHub(token, apiUrl(environment));

  log(`fetching ${plainLine(branch)}`);
  const target = mergeTarget(gate, branch, fetchBase(root, { kind: "branch", name: branch }, credentials));
  const pulls = target === undefined ? [] : await listed(api, repository, branch);
  log(`fetching ${pulls.length} open pull requests`);
  fetchHeads(
    root,
    pulls.map(({ number, head }) => ({ ref: `refs/pull/${number}/head`, commit: head })),
    credentials,
  );

  const { runUrl, repositoryUrl } = links(environment);
  const put = async (
    pull: OpenPull,
    name: "merge" | "commute",
    status: MergeStatus,
    onlyInPlace = false,
  ): Promise<WatchedPull> => {
    const context = contextOf(name, inputs);
    try {
      await putStatus(api, repository, pull.head, { context, ...status, targetUrl: runUrl, onlyInPlace });
      return { ...pull, ...status, context };
    } catch (error) {
      return { ...pull, ...status, context, untold: whyNot(refusalOf(error)) };
    }
  };
  const watched: WatchedPull[] = [];
  const judged: JudgedPull[] = [];
  for (const pull of target === undefined ? [] : pulls) {
    const judgement = hasCommit(root, pull.head) ? await target?.judge(pull.head) : undefined;
    if (judgement !== undefined) judged.push({ ...pull, judgement });
    const status = judgement && mergeStatus(judgement, branch);
    watched.push(
      status === undefined
        ? {
            ...pull,
            context: contextOf("merge", inputs),
            state: "left-alone",
            description: judgement === undefined ? movedOn : "It changes no migration.",
          }
        : await put(pull, "merge", status),
    );
  }
  if (inputs.commute && target !== undefined) {
    const options = { ...gate, environment, onProgress: (step: string) => log(plainLine(step)) };
    for (const { pull, status, isTried } of await tryOrders(target, judged, options))
      watched.push(await put(pull, "commute", status, !isTried));
  }

  log(watchText(watched, branch));
  const summary = environment["GITHUB_STEP_SUMMARY"];
  if (summary)
    appendFileSync(
      summary,
      watchMarkdown(watched, branch, (number) => `${repositoryUrl}/pull/${number}`),
    );
  const untold = watched.flatMap((pull) => pull.untold ?? []);
  for (const reason of new Set(untold)) warning(reason, { title: "Headgate could not say what it found" });
  publishOutputs({
    verdict: untold.length > 0 ? "errored" : "passed",
    "pull-requests": JSON.stringify(
      watched.map(({ number, head, context, state, description }) => ({ number, head, context, state, description })),
    ),
  });
  return untold.length > 0 ? exitCodes.notChecked : exitCodes.passed;
}

const movedOn = "Its newest commit is not there any more; its own check judges the next.";

function watchedBranch(event: WorkflowEvent): string {
  if ((event.kind === "push" || event.kind === "on-demand") && event.branch !== undefined) return event.branch;
  throw new UsageError(
    "`mode: watch` runs when the branch that pull requests go into has moved: on: push, or workflow_dispatch on that branch. For a pull request itself use `mode: check`.",
  );
}

/** `undefined` where the branch holds no migrations that could be waited for. */
function mergeTarget(gate: ActionInputs["gate"], branch: string, ref: string): MergeTarget | undefined {
  try {
    return openMergeTarget(gate, branch, ref);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    warning(plainLine(error.message), { title: "Headgate watches nothing" });
    return undefined;
  }
}

/** Another name for a step that watches other projects, the same for every run of one step. */
function contextOf(name: "merge" | "commute", { gate: { directory, project, tool } }: ActionInputs): string {
  const chosen = [directory === "." ? undefined : directory, project, tool].filter((value) => value !== undefined);
  return chosen.length === 0 ? `headgate/${name}` : `headgate/${name} (${plainLine(chosen.join(", "))})`;
}

async function listed(api: GitHubApi, repository: RepositoryName, branch: string): Promise<readonly OpenPull[]> {
  try {
    return await openPulls(api, repository, branch);
  } catch (error) {
    const refusal = refusalOf(error);
    throw new EngineError(
      refusal.kind === "permission"
        ? "The open pull requests could not be listed. Add the line `pull-requests: read` under `permissions:` of the job."
        : `The open pull requests could not be listed: ${whyNot(refusal)}`,
      { cause: error },
    );
  }
}

function whyNot(refusal: Refusal): string {
  switch (refusal.kind) {
    case "token":
      return "GitHub does not accept the github-token.";
    case "limit":
      return "GitHub takes no more requests from this token for now.";
    case "permission":
      return "The github-token may not set a status. Add the line `statuses: write` under `permissions:` of the job.";
    case "other":
      return `GitHub could not be reached or refused it (${refusal.reason}).`;
    default:
      return refusal satisfies never;
  }
}
