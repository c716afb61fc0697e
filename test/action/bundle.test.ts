import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleAction } from "../../scripts/bundle-action.ts";
import { fakeGitHub } from "../github/fake-github.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { available } from "../support/requirements.ts";
import { testDirectory, testRepository, type TestRepository } from "../support/repository.ts";
import { packReport } from "../../src/action/report-archive.ts";
import { checkout, finishedRunEvent, forkRun, pullRequestEvent, runStep } from "./runner.ts";
import { fake, main as watchedMain, origin, pairs, saying, watched } from "./watching.ts";

const root = join(import.meta.dirname, "../..");
let action: TestRepository;
let main: string;

/** What a runner has of the action: its repository's files, and no packages anywhere above them. */
beforeAll(async () => {
  action = testDirectory();
  await bundleAction(join(action.root, "dist/action"));
  cpSync(join(root, "action.yml"), join(action.root, "action.yml"));
  main = join(action.root, /^ {2}main: (.+)$/m.exec(readFileSync(join(action.root, "action.yml"), "utf8"))?.[1] ?? "");
});
afterAll(() => action[Symbol.dispose]());

test("there are no packages beside it", () => {
  expect(existsSync(main)).toBe(true);
  for (let directory = action.root; directory !== "/"; directory = join(directory, ".."))
    expect(existsSync(join(directory, "node_modules"))).toBe(false);
});

test("the same sources give the same bytes", async () => {
  using again = testDirectory();
  await bundleAction(again.root);
  const files = readdirSync(again.root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.length).toBeGreaterThan(10);
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name).slice(again.root.length);
    const bytes = readFileSync(join(again.root, path));
    expect(bytes.equals(readFileSync(join(action.root, "dist/action", path)))).toBe(true);
    expect(bytes.includes(root)).toBe(false);
  }
});

test("it gates a pull request, and comments on it", async () => {
  using origin = testRepository();
  origin.commit({ "README.md": "x" });
  cpSync(join(root, "examples/sql-fault/migrations"), join(origin.root, "migrations"), { recursive: true });
  origin.git("switch", "--quiet", "--create", "feature");
  const head = origin.commit({});
  using clone = checkout(origin, head);
  await using github = await fakeGitHub({ headCommit: head });
  const inputs = { engine: "embedded" };
  const { exitCode, outputs, log } = await runStep({
    main,
    workspace: clone.root,
    event: pullRequestEvent(head),
    sha: head,
    inputs,
    github,
  });
  expect(log).toContain("downgrade-incomplete");
  expect([exitCode, outputs["verdict"], github.comments.length]).toEqual([1, "failed", 1]);
});

describe("every event", () => {
  /** A repository whose second commit plants the fault of the example, and what a runner has of it. */
  const faulty = () => {
    const origin = testRepository();
    const base = origin.commit({ "README.md": "x" });
    cpSync(join(root, "examples/sql-fault/migrations"), join(origin.root, "migrations"), { recursive: true });
    const head = origin.commit({});
    return { origin, base, head, clone: checkout(origin, head) };
  };
  const repository = { default_branch: "main" };

  test.each([
    ["merge_group", (base: string, head: string) => ({ merge_group: { base_sha: base, head_sha: head } })],
    ["push", (before: string) => ({ ref: "refs/heads/main", before, created: false, forced: false, repository })],
    ["workflow_dispatch", () => ({ repository })],
  ])("%s is checked", async (name, payload) => {
    const { origin, base, head, clone } = faulty();
    using _ = origin;
    using workspace = clone;
    const event = { name, payload: payload(base, head) };
    const { exitCode, outputs } = await runStep({
      main,
      workspace: workspace.root,
      event,
      sha: head,
      inputs: { engine: "embedded" },
    });
    expect([exitCode, outputs["verdict"], outputs["new-revisions"]]).toEqual([
      1,
      "failed",
      expect.stringMatching(/"2"/),
    ]);
  });

  test.each(["pull_request_target", "workflow_run"])("%s does not run a stranger's code", async (name) => {
    const { origin, base, head, clone } = faulty();
    using _ = origin;
    using workspace = clone;
    const event = { name, payload: pullRequestEvent(head).payload };
    const { exitCode, log } = await runStep({ main, workspace: workspace.root, event, sha: base });
    expect([exitCode, log.includes("starting PostgreSQL")]).toEqual([2, false]);
  });

  test("workflow_run comments what a fork's run left", async () => {
    const head = "c0ffee0000000000000000000000000000000000";
    const verdict = { schemaVersion: 1, headgate: "0.1.0", verdict: "passed", projects: [] };
    const envelope = { schemaVersion: 1, kind: "verdict", key: "0123456789ab" } as const;
    const bytes = packReport(envelope, { "headgate.json": JSON.stringify(verdict) });
    const run = { ...forkRun(head), artifacts: [{ name: "headgate-0123456789ab-1", bytes }] };
    await using github = await fakeGitHub({ headCommit: head, run });
    using workspace = testDirectory();
    const inputs = { mode: "comment" };
    const event = finishedRunEvent(head);
    const { exitCode } = await runStep({ main, workspace: workspace.root, event, sha: "", inputs, github });
    expect([exitCode, github.comments.length]).toEqual([0, 1]);
  });
});

const example = async (name: string, environment: Readonly<Record<string, string>>) => {
  using repository = testRepository();
  cpSync(join(root, "examples", name), repository.root, { recursive: true });
  repository.commit({ ".gitignore": "node_modules\n" });
  const sha = repository.git("rev-parse", "HEAD");
  if (name.startsWith("mikro-orm")) symlinkSync(join(root, "node_modules"), join(repository.root, "node_modules"));
  const event = { name: "workflow_dispatch", payload: {} };
  return await runStep({ main, workspace: repository.root, event, sha, inputs: { engine: "embedded" }, environment });
};

test("it runs MikroORM's driver", async () => {
  const { exitCode, log } = await example("mikro-orm-fault", {});
  expect(log).toContain("Migration20260119134200_moorings");
  expect(exitCode).toBe(1);
});

test.skipIf(!available("python"))("it runs Alembic's driver", async () => {
  const python = await pythonWith(currentAlembic);
  const { exitCode, log } = await example("alembic-fault", { VIRTUAL_ENV: join(python, "../..") });
  expect(log).toContain("7d21f4b60e9c");
  expect(exitCode).toBe(1);
});

test("it runs with pg-mem, and says what that could not run", async () => {
  using repository = testRepository();
  cpSync(join(root, "examples/sql/migrations"), join(repository.root, "migrations"), { recursive: true });
  repository.commit({});
  const sha = repository.git("rev-parse", "HEAD");
  const event = { name: "workflow_dispatch", payload: {} };
  const { exitCode, log } = await runStep({
    main,
    workspace: repository.root,
    event,
    sha,
    inputs: { engine: "memory" },
  });
  expect([0, 3]).toContain(exitCode);
  expect(log).not.toContain("bug in Headgate");
});

test("it watches open pull requests, parses what they edit, and tries them in both orders", async () => {
  const file = "alembic/versions/a1.py";
  const revision = (body: string) =>
    `revision = "a1"\ndown_revision = None\n\ndef upgrade():\n    ${body}\n\ndef downgrade():\n    pass\n`;
  using on = origin({
    ...watchedMain,
    "alembic.ini": "[alembic]\nscript_location = alembic\n",
    "alembic/env.py": "",
    [file]: revision("pass"),
  });
  const remarks = on.open(3, { [file]: revision("pass  # nothing yet") });
  const edits = on.open(4, { [file]: revision("raise") });
  const renames = on.open(5, pairs("000002_ships", "ALTER TABLE boats RENAME TO ships;\n"));
  const adds = on.open(6, pairs("000003_names", "ALTER TABLE boats ADD COLUMN name text;\n"));
  await using github = await fake([remarks, edits, renames, adds]);
  await watched(on, github, { commute: "true", engine: "embedded" }, { main });
  expect(saying(github)).toEqual([
    [remarks.head, "success", "Fits main: 0 new revisions."],
    [edits.head, "failure", expect.stringContaining("A migration of the base branch was edited")],
    [renames.head, "success", "Fits main: 1 new revision."],
    [adds.head, "success", "Fits main: 1 new revision."],
    [renames.head, "failure", expect.stringContaining("#6 fails after #5")],
    [adds.head, "failure", expect.stringContaining("#5")],
  ]);
});
