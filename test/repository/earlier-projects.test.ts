import { describe, expect, test } from "vitest";
import { judgeGoneProjects, judgeHistory } from "../../src/gate/project-history.ts";
import { judgeProjectLineage } from "../../src/gate/project-lineage.ts";
import { openChange } from "../../src/repository/repository.ts";
import { toolNamed } from "../../src/tools/registry.ts";
import { headgate } from "../support/cli.ts";
import { testRepository, type Tree } from "../support/repository.ts";

/** What is said of a branch that makes these changes to main; `undefined` deletes a file. */
async function judged(main: Tree, changes: Tree) {
  using repository = testRepository();
  repository.commit(main);
  repository.git("switch", "--quiet", "--create", "feature");
  repository.commit(changes);
  const opened = openChange({ directory: repository.root, base: "main" });
  const projects = await Promise.all(
    opened.projects.map(async (project) => {
      const { history, newIds } = judgeProjectLineage(
        project,
        toolNamed(project.tool).readHistory(opened.files, project),
        opened.base,
      );
      const { findings } = await judgeHistory(project, history, opened, "2026-06-15");
      return { name: project.name, new: [...newIds], findings: findings.map(({ ruleId }) => ruleId) };
    }),
  );
  const gone = judgeGoneProjects(opened, "2026-06-15").map(
    ({ project, check, finding }) => `${project.name} ${check.status} ${finding.severity}`,
  );
  return { projects, gone };
}

const up = (name: string) => ({
  [`${name}.up.sql`]: "CREATE TABLE boats (id int);\n",
  [`${name}.down.sql`]: "DROP TABLE boats;\n",
});
const locks = up("locks/migrations/000001_boats");
const fees = up("fees/migrations/000001_boats");
const without = (tree: Tree) => Object.fromEntries(Object.keys(tree).map((path) => [path, undefined]));

describe("a project of the merge base", () => {
  test("that moved is the same: nothing is new, and nothing was renamed", async () => {
    const { projects, gone } = await judged(locks, {
      ...without(locks),
      ...up("services/locks/db/migrations/000001_boats"),
    });
    expect([projects, gone]).toEqual([[{ name: "db", new: [], findings: [] }], []]);
  });

  test("that moved and was edited is compared with where it was", async () => {
    const { projects } = await judged(locks, {
      ...without(locks),
      ...up("db/migrations/000001_boats"),
      "db/migrations/000001_boats.up.sql": "CREATE TABLE boats (id bigint);\n",
    });
    expect(projects).toMatchObject([{ new: [], findings: ["migration-edited"] }]);
  });

  test("that is gone is missed", async () => {
    expect((await judged({ ...locks, ...fees }, without(locks))).gone).toEqual(["locks failed error"]);
  });

  test("that was the only one is missed, and the command fails and does not say that there is nothing", async () => {
    const named = { "headgate.yml": "projects: [{ directory: locks }]\n" };
    expect(await judged(locks, without(locks))).toEqual({ projects: [], gone: ["locks failed error"] });
    expect((await judged({ ...locks, ...named }, without(locks))).gone).toEqual(["locks failed error"]);
    expect((await judged({ ...locks, ...named }, without({ ...locks, ...named }))).gone).toEqual([
      "locks failed error",
    ]);
    await expect(judged({ "boats.txt": "" }, { "boats.txt": undefined })).rejects.toThrow("No migrations were found");

    using repository = testRepository(locks);
    repository.commit("locks");
    repository.git("rm", "--quiet", "-r", ".");
    repository.git("commit", "--quiet", "--allow-empty", "--message", "nothing");
    const { exitCode, stdout, stderr } = await headgate(["check", "--base", "HEAD~1"], { cwd: repository.root });
    expect([exitCode, stderr]).toEqual([1, ""]);
    expect(stdout).toContain("project-gone");
  });

  test("that was asked for by its name is missed, where nothing of it is left", async () => {
    using repository = testRepository({ ...locks, ...fees });
    repository.commit("locks and fees");
    repository.git("rm", "--quiet", "-r", "locks");
    repository.git("commit", "--quiet", "--message", "no locks");
    const check = (name: string) =>
      headgate(["check", "--base", "HEAD~1", "--project", name], { cwd: repository.root });
    const gone = await check("locks");
    expect([gone.exitCode, gone.stderr]).toEqual([1, ""]);
    expect(gone.stdout).toContain("project-gone");
    expect(await check("dams")).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("There is fees.") });
  });

  test("that the configuration still names is missed, beside another that is judged", async () => {
    const named = (...names: readonly string[]) => ({
      "headgate.yml": `projects:\n${names.map((name) => `  - { directory: ${name} }\n`).join("")}`,
    });
    const main = { ...locks, ...fees, ...named("locks", "fees") };
    expect(await judged(main, without(locks))).toEqual({
      projects: [{ name: "fees", new: [], findings: [] }],
      gone: ["locks failed error"],
    });
    // One that never was there is a mistake in the configuration, whatever else is gone.
    await expect(judged(main, { ...without(locks), ...named("dams", "fees") })).rejects.toThrow(
      "The project dams in the configuration was not found",
    );
  });

  test("that the configuration leaves out from now on is missed", async () => {
    const named = (...names: readonly string[]) => ({
      "headgate.yml": `projects:\n${names.map((name) => `  - { tool: sql, directory: ${name}, migrations: ${name}/migrations }\n`).join("")}`,
    });
    const main = { ...locks, ...fees, ...named("locks", "fees") };
    expect((await judged(main, named("fees"))).gone).toEqual(["locks failed error"]);
    // The first configuration says what is to be checked: what detection would find was never promised.
    expect((await judged({ ...locks, ...fees }, named("fees"))).gone).toEqual(["locks skipped warning"]);
  });

  test("may go with an exemption that the base branch has", async () => {
    const exempt = {
      "headgate.yml":
        "history-exemptions: [{ files: 'locks/migrations/**', reason: the service is gone, expires: 2026-12-31 }]\n",
    };
    expect((await judged({ ...locks, ...fees, ...exempt }, without(locks))).gone).toEqual(["locks skipped info"]);
    expect((await judged({ ...locks, ...fees }, { ...without(locks), ...exempt })).gone).toEqual([
      "locks failed error",
    ]);
  });

  test("that had no revision is not missed", async () => {
    const empty = { "app/alembic.ini": "[alembic]\nscript_location = alembic\n", "app/alembic/env.py": "" };
    expect((await judged({ ...locks, ...empty }, without(empty))).gone).toEqual([]);
  });
});
