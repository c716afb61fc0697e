import { cpSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { headgate } from "../support/cli.ts";
import { testRepository } from "../support/repository.ts";

const workflow = ".github/workflows/headgate.yml";
const watch = ".github/workflows/headgate-watch.yml";
const apply = ".github/workflows/headgate-apply.yml";
const examples = join(import.meta.dirname, "../../examples");
const init = (root: string, ...args: readonly string[]) => headgate(["init", "--directory", root, ...args]);

interface Workflow {
  readonly permissions: object;
  readonly jobs: { readonly migrations: { readonly permissions: object; readonly steps: readonly Step[] } };
}
interface CommentWorkflow {
  readonly on: { readonly workflow_run: { readonly workflows: readonly string[] } };
  readonly permissions: object;
  readonly jobs: { readonly comment: { readonly permissions: object; readonly steps: readonly Step[] } };
}
interface Named {
  readonly name: string;
}
interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly "working-directory"?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

const read = (root: string): Workflow => parse(readFileSync(join(root, workflow), "utf8")) as Workflow;

describe("headgate init", () => {
  test("writes the workflows for a repository whose projects are found, and no configuration", async () => {
    using repository = testRepository();
    cpSync(join(examples, "sql"), repository.root, { recursive: true });
    const { exitCode, stdout } = await init(repository.root, "--action", "waterways/headgate@v1");
    expect([exitCode, stdout]).toEqual([
      0,
      `found app (sql)\nwrote ${workflow}\nwrote ${watch}\nwrote ${apply}\n\nThen commit and open a pull request.\nWhen merges are to reach production: set the variable HEADGATE_APPLY to true, and in the environment production the secret HEADGATE_DATABASE_URL.\n`,
    ]);
    expect(existsSync(join(repository.root, "headgate.yml"))).toBe(false);
    await expect(readFileSync(join(repository.root, workflow), "utf8")).toMatchFileSnapshot("./snapshots/workflow.yml");
    await expect(readFileSync(join(repository.root, watch), "utf8")).toMatchFileSnapshot("./snapshots/watch.yml");
    await expect(readFileSync(join(repository.root, apply), "utf8")).toMatchFileSnapshot("./snapshots/apply.yml");
  });

  test("gives the token what it needs and no more, and pins what it uses", async () => {
    using repository = testRepository();
    cpSync(join(examples, "alembic"), repository.root, { recursive: true });
    await init(repository.root);
    const { permissions, jobs } = read(repository.root);
    expect(permissions).toEqual({});
    expect(jobs.migrations.permissions).toEqual({ contents: "read", "pull-requests": "write" });
    const [checkout, setup, ...rest] = jobs.migrations.steps;
    expect(checkout?.with).toMatchObject({ "persist-credentials": false });
    for (const step of [checkout, setup]) expect(step?.uses).toMatch(/^actions\/[\w-]+@[0-9a-f]{40}$/);
    expect(rest).toEqual([{ run: "python -m pip install -r requirements.txt" }, { uses: "OWNER/headgate@v1" }]);
  });

  test.each([
    ["package-lock.json", "npm ci"],
    ["pnpm-lock.yaml", "npx pnpm install --frozen-lockfile"],
    ["yarn.lock", "npx yarn install --frozen-lockfile"],
  ])("installs what MikroORM's project needs: %s", async (lockFile, run) => {
    using repository = testRepository();
    cpSync(join(examples, "mikro-orm"), join(repository.root, "services/locks"), { recursive: true });
    repository.write({ [`services/${lockFile}`]: "" });
    await init(repository.root);
    expect(read(repository.root).jobs.migrations.steps).toContainEqual({ run, "working-directory": "services" });
  });

  test.each([
    ["alembic", "python -m pip install alembic psycopg2-binary", ["requirements.txt"]],
    ["mikro-orm", "npm install", []],
  ])("installs in the project's own directory where nothing is locked: %s", async (example, run, left) => {
    using repository = testRepository();
    const directory = join(repository.root, "services/locks");
    cpSync(join(examples, example), directory, { recursive: true });
    for (const file of left) rmSync(join(directory, file));
    await init(repository.root);
    expect(read(repository.root).jobs.migrations.steps).toContainEqual({ run, "working-directory": "services/locks" });
  });

  test("watches the default branch of origin, and each project's own folder as it is called", async () => {
    using repository = testRepository();
    repository.write({ "headgate.yml": 'projects: [{ tool: sql, migrations: "db/[app]" }]' });
    repository.write({ "db/[app]/001.sql": "select 1" });
    repository.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk");
    await init(repository.root);
    const { on, permissions, jobs } = parse(readFileSync(join(repository.root, watch), "utf8")) as {
      on: { push: object };
      permissions: object;
      jobs: Record<string, { permissions: object }>;
    };
    expect(on.push).toMatchObject({
      branches: ["trunk"],
      paths: expect.arrayContaining(["db/\\[app\\]/**", "headgate.yml"]) as unknown,
    });
    expect(permissions).toEqual({});
    expect(jobs["open-pull-requests"]?.permissions).toEqual({
      contents: "read",
      "pull-requests": "read",
      statuses: "write",
    });
  });

  test("writes the workflow for pull requests from forks when asked, which runs nothing of theirs", async () => {
    using repository = testRepository();
    cpSync(join(examples, "sql"), repository.root, { recursive: true });
    const { stdout } = await init(repository.root, "--action", "waterways/headgate@v1", "--forks");
    expect(stdout).toContain("wrote .github/workflows/headgate-comment.yml\n");
    const text = readFileSync(join(repository.root, ".github/workflows/headgate-comment.yml"), "utf8");
    await expect(text).toMatchFileSnapshot("./snapshots/comment-workflow.yml");
    const { on, permissions, jobs } = parse(text) as CommentWorkflow;
    expect(on.workflow_run.workflows).toEqual([
      (parse(readFileSync(join(repository.root, workflow), "utf8")) as Named).name,
    ]);
    expect(permissions).toEqual({});
    expect(jobs.comment.permissions).toEqual({ actions: "read", "pull-requests": "write" });
    expect(jobs.comment.steps).toEqual([{ uses: "waterways/headgate@v1", with: { mode: "comment" } }]);
  });

  test("applies each project to its own databases", async () => {
    using repository = testRepository();
    const targets = "targets: { databases: [{ name: a, variable: NORTH_URL }, { name: b, variable: SOUTH_URL }] }";
    repository.write({
      "headgate.yml": `projects: [{ tool: sql, migrations: locks/sql, directory: locks }, { tool: sql, migrations: big-boats/sql, directory: big-boats, ${targets} }]`,
    });
    for (const project of ["locks", "big-boats"]) repository.write({ [`${project}/sql/001.sql`]: "select 1" });
    const { stdout } = await init(repository.root);
    expect(stdout).toContain("the secrets HEADGATE_DATABASE_URL_LOCKS, NORTH_URL, SOUTH_URL.");
    const { jobs } = parse(readFileSync(join(repository.root, apply), "utf8")) as {
      readonly jobs: { readonly apply: { readonly steps: readonly Step[] } };
    };
    const uses = "OWNER/headgate@v1";
    expect(jobs.apply.steps.slice(1)).toEqual([
      { uses, with: { mode: "apply", project: "locks", "database-url": "${{ secrets.HEADGATE_DATABASE_URL_LOCKS }}" } },
      {
        uses,
        with: { mode: "apply", project: "big-boats" },
        env: { NORTH_URL: "${{ secrets.NORTH_URL }}", SOUTH_URL: "${{ secrets.SOUTH_URL }}" },
      },
    ]);
  });

  test("overwrites nothing", async () => {
    using repository = testRepository();
    repository.write({ [workflow]: "mine" });
    repository.write({ "headgate.yml": "projects: [{ directory: app, tool: sql, migrations: app/sql }]" });
    repository.write({ "app/sql/V1__a.sql": "select 1" });
    const { exitCode, stdout } = await init(repository.root);
    expect([exitCode, readFileSync(join(repository.root, workflow), "utf8")]).toEqual([0, "mine"]);
    expect(stdout).toContain(`kept  ${workflow}`);
  });

  test("begins a configuration where no project is found", async () => {
    using repository = testRepository();
    repository.write({ "README.md": "x" });
    const { exitCode, stdout } = await init(repository.root);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("wrote headgate.yml");
    expect(parse(readFileSync(join(repository.root, "headgate.yml"), "utf8"))).toMatchObject({
      projects: [{ tool: "sql" }],
    });
  });
});
