import examples from "@octokit/webhooks-examples" with { type: "json" };
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parse } from "yaml";
import { owner, pullNumber, repo, token, type FakeGitHub } from "../github/fake-github.ts";
import { testDirectory, type TestRepository } from "../support/repository.ts";

/** The action as it is in the sources. */
const fromSource = fileURLToPath(new URL("../../src/action.ts", import.meta.url));

const { inputs: declared } = parse(readFileSync(new URL("../../action.yml", import.meta.url), "utf8")) as {
  inputs: Record<string, { default?: string }>;
};

/** What the expressions that are defaults of inputs give in a job that is of no matrix. */
const expressions: Readonly<Record<string, string>> = {
  "${{ github.token }}": token,
  "${{ toJSON(matrix) }}": "null",
  "${{ strategy.job-total }}": "1",
};

/** How a step ended. */
export interface StepResult {
  readonly exitCode: number | null;
  /** The job's log. */
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** What is in the files that outputs name, by output. */
  readonly files: Readonly<Record<string, string>>;
}

/** A step of a workflow that uses the action. */
export interface Step {
  /** The program that `action.yml` names. */
  readonly main?: string;
  /** Where the step runs: what actions/checkout left. */
  readonly workspace: string;
  readonly event: { readonly name: string; readonly payload: unknown; readonly ref?: string };
  /** Of the commit that is checked out, unless given. */
  readonly sha: string;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly github?: FakeGitHub;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a step as a runner does: inputs with their defaults, the event in a file, and files for outputs and summary. */
export async function runStep(step: Step): Promise<StepResult> {
  using temporary = testDirectory();
  const path = (name: string) => join(temporary.root, name);
  for (const name of ["output", "summary"]) writeFileSync(path(name), "");
  writeFileSync(path("event.json"), JSON.stringify(step.event.payload));
  const inputs = Object.entries(declared).map(([name, { default: value = "" }]) => [
    `INPUT_${name.toUpperCase()}`,
    step.inputs?.[name] ?? expressions[value] ?? value,
  ]);
  const child = spawn(process.execPath, [step.main ?? fromSource], {
    cwd: step.workspace,
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      CI: "true",
      GITHUB_ACTIONS: "true",
      GITHUB_EVENT_NAME: step.event.name,
      GITHUB_EVENT_PATH: path("event.json"),
      GITHUB_REF: step.event.ref ?? "refs/heads/main",
      GITHUB_SHA: step.sha,
      GITHUB_REPOSITORY: `${owner}/${repo}`,
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_API_URL: step.github?.url ?? "http://127.0.0.1:1",
      GITHUB_RUN_ID: "42",
      GITHUB_WORKSPACE: step.workspace,
      GITHUB_OUTPUT: path("output"),
      GITHUB_STEP_SUMMARY: path("summary"),
      RUNNER_TEMP: temporary.root,
      SPY_TEMP: temporary.root,
      ...Object.fromEntries(inputs),
      ...step.environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (log += text));
  const exitCode = await new Promise<number | null>((resolve) => child.on("close", resolve));
  const outputs = Object.fromEntries(
    [...readFileSync(path("output"), "utf8").matchAll(/^(.+)<<(ghadelimiter_.+)\n([\s\S]*?)\n\2$/gm)].map(
      ([, name = "", , value = ""]) => [name, value],
    ),
  );
  const files = Object.fromEntries(
    Object.entries(outputs).flatMap(([name, file = ""]) =>
      name.endsWith("-path") && file ? [[name, readFileSync(file, "utf8")]] : [],
    ),
  );
  return { exitCode, log, outputs, summary: readFileSync(path("summary"), "utf8"), files };
}

/** A pull request's event: what a workflow sees of it. */
export function pullRequestEvent(headCommit: string, { isFromFork = false }: { isFromFork?: boolean } = {}) {
  const base = { ref: "main", repo: { full_name: `${owner}/${repo}` } };
  const head = { sha: headCommit, repo: { full_name: isFromFork ? `somebody/${repo}` : `${owner}/${repo}` } };
  const payload = { action: "synchronize", number: pullNumber, pull_request: { base, head } };
  return { name: "pull_request", payload, ref: `refs/pull/${pullNumber}/merge` };
}

/** The run of a fork's pull request, as GitHub keeps it. */
export const forkRun = (headCommit: string) =>
  ({ id: 4242, headCommit, headRepository: `somebody/${repo}`, headBranch: "feature", artifacts: [] }) as const;

/** The event of that run's end: GitHub's own example, with what is this run's own. */
export function finishedRunEvent(headCommit: string, more: Readonly<Record<string, unknown>> = {}) {
  const { id, headRepository, headBranch } = forkRun(headCommit);
  const events = examples as unknown as readonly { name: string; examples: readonly unknown[] }[];
  const example = events.find(({ name }) => name === "workflow_run")?.examples[0] as {
    workflow_run: Record<string, object>;
  };
  const run = {
    ...example.workflow_run,
    id,
    run_attempt: 1,
    event: "pull_request",
    head_sha: headCommit,
    head_branch: headBranch,
    head_repository: { ...example.workflow_run["head_repository"], full_name: headRepository },
    repository: { ...example.workflow_run["repository"], full_name: `${owner}/${repo}` },
    ...more,
  };
  return { name: "workflow_run", payload: { ...example, workflow_run: run } };
}

/** What actions/checkout leaves behind by default: one commit of a repository, detached. */
export function checkout(origin: TestRepository, commit: string): TestRepository {
  const clone = testDirectory();
  clone.git("init", "--quiet");
  clone.git("remote", "add", "origin", pathToFileURL(origin.root).href);
  clone.git("fetch", "--quiet", "--no-tags", "--depth=1", "origin", commit);
  clone.git("checkout", "--quiet", "--detach", "FETCH_HEAD");
  return clone;
}
