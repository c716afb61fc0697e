import { appendFileSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { getInput, setSecret, warning } from "@actions/core";
import { exitCodeFor } from "../cli/exit.ts";
import { UsageError } from "../errors.ts";
import { runGate } from "../gate.ts";
import { fetchBase } from "../git/fetch-base.ts";
import { repositoryRoot } from "../git/repository-root.ts";
import { annotate, annotationsOf } from "../github/annotations.ts";
import { baseOfEvent } from "../github/base.ts";
import type { CommentOutcome } from "../github/comment.ts";
import { readEvent, type PullRequest, type WorkflowEvent } from "../github/event.ts";
import { outputsOf, publishOutputs } from "../github/outputs.ts";
import { optional } from "../optional.ts";
import { markdownReport } from "../report/markdown.ts";
import { plainLine, plainText } from "../report/plain-text.ts";
import { textReport } from "../report/text.ts";
import type { Verdict } from "../verdict.ts";
import { changesMigrations } from "./changed-migrations.ts";
import { commentOn, links, type Message } from "./comment.ts";
import { refuseForeignCode } from "./foreign-code.ts";
import { readInputs, type ActionInputs } from "./inputs.ts";
import { guarded } from "./guarded.ts";
import { writeReportFiles } from "./report-files.ts";
import { secretsOf } from "./secrets.ts";
import { watch } from "./watch.ts";

/** Writes text to the job's log. */
const log = (text: string): void => {
  process.stdout.write(guarded(text));
};

/** GitHub shows no summary that is longer, in bytes. */
const summaryLimit = 1024 * 1024;

/**
 * The action: inputs and event → gate → log, annotations, job summary, outputs, comment. Gives the exit code, which no
 * trouble with the last of them changes.
 * @throws UsageError, ConfigurationError and whatever else the gate throws
 */
export async function runAction(environment: NodeJS.ProcessEnv = process.env): Promise<number> {
  const inputs = readInputs((name) => getInput(name));
  if (inputs.gate.databaseUrl !== undefined) secretsOf(inputs.gate.databaseUrl).forEach(setSecret);
  const event = currentEvent(environment);
  if (inputs.mode === "watch") return watch(event, inputs, environment);
  const say = async (message: () => Message) => {
    if (event.kind === "pull-request") await comment(event, message, inputs, environment);
  };
  try {
    const { root } = repositoryRoot(inputs.gate.directory);
    refuseForeignCode(event, root, environment["GITHUB_SHA"]);
    const verdict = await runGate({
      ...inputs.gate,
      ...optional("base", inputs.gate.base ?? baseFor(event, root)),
      environment,
      onProgress: (step) => log(plainLine(step)),
    });
    publish(verdict, event, environment);
    await say(() => (changesMigrations(verdict, root) ? { kind: "verdict", verdict } : { kind: "no-migrations" }));
    return exitCodeFor(verdict.verdict);
  } catch (error) {
    await say(() => ({ kind: "not-checked" }));
    throw error;
  }
}

function publish(verdict: Verdict, event: WorkflowEvent, environment: NodeJS.ProcessEnv): void {
  log(textReport(verdict, { width: 120, color: false }));
  annotate(annotationsOf(verdict));
  publishOutputs(outputsOf(verdict, writeReportFiles(verdict, environment["RUNNER_TEMP"] || tmpdir())));
  const summary = environment["GITHUB_STEP_SUMMARY"];
  if (!summary) return;
  const commit = event.kind === "pull-request" ? event.headCommit : environment["GITHUB_SHA"];
  const report = markdownReport(verdict, {
    ...optional("sourceUrl", commit && `${links(environment).repositoryUrl}/blob/${commit}`),
    limit: summaryLimit,
    size: (text) => Buffer.byteLength(text),
  });
  appendFileSync(summary, report);
}

async function comment(
  pullRequest: PullRequest,
  message: () => Message,
  inputs: ActionInputs,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const { token } = inputs;
  if (!inputs.comment) return;
  try {
    const outcome: CommentOutcome =
      token === undefined
        ? { kind: "failed", reason: "No comment: the input github-token is empty." }
        : await commentOn(pullRequest, message(), inputs, { token, environment });
    if (outcome.kind === "posted") publishOutputs({ "comment-url": outcome.url });
    else if (outcome.kind === "none") log(outcome.reason);
    else warning(plainLine(outcome.reason), { title: "Headgate did not comment" });
  } catch (error) {
    warning(`No comment, because of a bug in Headgate: ${plainText(String(error))}`, {
      title: "Headgate did not comment",
    });
  }
}

function currentEvent(environment: NodeJS.ProcessEnv): WorkflowEvent {
  const { GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: path, GITHUB_REF: ref } = environment;
  if (!name || !path)
    throw new UsageError("This is the action's entry, which a workflow runs; at a desk, use `npx headgate check`.");
  return readEvent(name, JSON.parse(readFileSync(path, "utf8")), ref);
}

function baseFor(event: WorkflowEvent, root: string): string | undefined {
  const target = baseOfEvent(event);
  if (target === undefined) return undefined;
  log(`fetching ${target.kind === "branch" ? plainLine(target.name) : target.commit}`);
  return fetchBase(root, target);
}
