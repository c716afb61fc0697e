import { appendFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { getInput, setSecret, warning } from "@actions/core";
import { exitCodeFor, exitCodes } from "../exit.ts";
import { runGate } from "../gate.ts";
import { fetchBase } from "../git/fetch-base.ts";
import { repositoryRoot } from "../git/repository-root.ts";
import { annotate, annotationsOf } from "../github/annotations.ts";
import { baseOfEvent } from "../github/base.ts";
import type { CommentOutcome } from "../github/comment.ts";
import { type PullRequest, type WorkflowEvent } from "../github/event.ts";
import { outputsOf, publishOutputs } from "../github/outputs.ts";
import { optional } from "../optional.ts";
import { markdownReport } from "../report/markdown.ts";
import { plainLine, plainText } from "../report/plain-text.ts";
import { textReport } from "../report/text.ts";
import type { Verdict } from "../verdict.ts";
import { changesMigrations } from "./changed-migrations.ts";
import { commentOn, type Message } from "./comment.ts";
import { commentForRun } from "./comment-for-run.ts";
import { currentEvent } from "./current-event.ts";
import { refuseForeignCode } from "./foreign-code.ts";
import { readInputs, type ActionInputs } from "./inputs.ts";
import { log } from "./log.ts";
import { uploadReport } from "./report-artifact.ts";
import { writeReportFiles, type ReportFiles } from "./report-files.ts";
import { secretsOf } from "./secrets.ts";
import { watch } from "./watch.ts";
import { links } from "./workflow-links.ts";

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
  if (inputs.mode === "comment") {
    await commentForRun(inputs, environment, told);
    return exitCodes.passed;
  }
  const event = currentEvent(environment);
  if (inputs.mode === "watch") return watch(event, inputs, environment);
  const say = async (message: () => Message, files?: ReportFiles) => {
    try {
      await keep(message(), files, inputs, environment);
      if (event.kind === "pull-request") await comment(event, message(), inputs, environment);
    } catch (error) {
      told({ kind: "failed", reason: `No comment, because of a bug in Headgate: ${plainText(String(error))}` });
    }
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
    const files = publish(verdict, event, environment);
    const message = (): Message =>
      event.kind !== "pull-request" || changesMigrations(verdict, root)
        ? { kind: "verdict", verdict }
        : { kind: "no-migrations" };
    await say(message, files);
    return exitCodeFor(verdict.verdict);
  } catch (error) {
    await say(() => ({ kind: "not-checked" }));
    throw error;
  }
}

function publish(verdict: Verdict, event: WorkflowEvent, environment: NodeJS.ProcessEnv): ReportFiles {
  const files = writeReportFiles(verdict, environment["RUNNER_TEMP"] || tmpdir());
  log(textReport(verdict, { width: 120, color: false }));
  annotate(annotationsOf(verdict));
  publishOutputs(outputsOf(verdict, files));
  const summary = environment["GITHUB_STEP_SUMMARY"];
  if (!summary) return files;
  const commit = event.kind === "pull-request" ? event.headCommit : environment["GITHUB_SHA"];
  const { repositoryUrl, runUrl } = links(environment);
  const report = markdownReport(verdict, {
    ...optional("sourceUrl", commit && `${repositoryUrl}/blob/${commit}`),
    more: { url: `${runUrl}#artifacts`, name: "run's artifact" },
    limit: summaryLimit,
    size: (text) => Buffer.byteLength(text),
  });
  appendFileSync(summary, report);
  return files;
}

/** The artifact is one more place for the report: where it cannot be, the job's log says so, and nothing else changes. */
async function keep(
  message: Message,
  files: ReportFiles | undefined,
  inputs: ActionInputs,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  if (!inputs.artifact) return;
  const outcome = await uploadReport(message, files, inputs, environment);
  if (outcome.kind === "failed") log(outcome.reason);
}

async function comment(
  pullRequest: PullRequest,
  message: Message,
  inputs: ActionInputs,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const { token } = inputs;
  if (!inputs.comment) return;
  told(
    token === undefined
      ? { kind: "failed", reason: "No comment: the input github-token is empty." }
      : await commentOn(pullRequest, message, inputs, { token, environment }),
  );
}

function told(outcome: CommentOutcome): void {
  if (outcome.kind === "posted") publishOutputs({ "comment-url": outcome.url });
  else if (outcome.kind === "none") log(outcome.reason);
  else warning(plainLine(outcome.reason), { title: "Headgate did not comment" });
}

function baseFor(event: WorkflowEvent, root: string): string | undefined {
  const target = baseOfEvent(event);
  if (target === undefined) return undefined;
  log(`fetching ${target.kind === "branch" ? plainLine(target.name) : target.commit}`);
  return fetchBase(root, target);
}
