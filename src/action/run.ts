import { randomBytes } from "node:crypto";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getInput, setSecret } from "@actions/core";
import { exitCodeFor } from "../cli/exit.ts";
import { UsageError } from "../errors.ts";
import { runGate } from "../gate.ts";
import { fetchBase } from "../git/fetch-base.ts";
import { repositoryRoot } from "../git/repository-root.ts";
import { annotate, annotationsOf } from "../github/annotations.ts";
import { baseOfEvent } from "../github/base.ts";
import { readEvent, type WorkflowEvent } from "../github/event.ts";
import { outputsOf, publishOutputs } from "../github/outputs.ts";
import { optional } from "../optional.ts";
import { jsonReport } from "../report/json.ts";
import { markdownReport } from "../report/markdown.ts";
import { plainLine } from "../report/plain-text.ts";
import { textReport } from "../report/text.ts";
import type { Verdict } from "../verdict.ts";
import { refuseForeignCode } from "./foreign-code.ts";
import { readInputs } from "./inputs.ts";
import { log } from "./log.ts";
import { secretsOf } from "./secrets.ts";

/**
 * The action: inputs and event → gate → log, annotations, job summary, outputs. Gives the exit code.
 * @throws UsageError, ConfigurationError and whatever else the gate throws
 */
export async function runAction(environment: NodeJS.ProcessEnv = process.env): Promise<number> {
  const inputs = readInputs((name) => getInput(name));
  if (inputs.gate.databaseUrl !== undefined) secretsOf(inputs.gate.databaseUrl).forEach(setSecret);
  const event = currentEvent(environment);
  const { root } = repositoryRoot(inputs.gate.directory);
  refuseForeignCode(event, root, environment["GITHUB_SHA"]);
  const verdict = await runGate({
    ...inputs.gate,
    ...optional("base", inputs.gate.base ?? baseFor(event, root)),
    environment,
    onProgress: (step) => log(plainLine(step)),
  });
  log(textReport(verdict, { width: 120, color: false }));
  annotate(annotationsOf(verdict));
  if (environment["GITHUB_STEP_SUMMARY"]) appendFileSync(environment["GITHUB_STEP_SUMMARY"], markdownReport(verdict));
  publishOutputs(outputsOf(verdict, writeReport(verdict, environment)));
  return exitCodeFor(verdict.verdict);
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

/** A name of its own, because one job may run the action several times. */
function writeReport(verdict: Verdict, environment: NodeJS.ProcessEnv): string {
  const path = join(environment["RUNNER_TEMP"] || tmpdir(), `headgate-${randomBytes(6).toString("hex")}.json`);
  writeFileSync(path, jsonReport(verdict));
  return path;
}
