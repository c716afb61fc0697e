import { describe, expect, it } from "vitest";
import { runGate, type GateOptions } from "../../src/gate.ts";
import { isUntouched, untouchedReason } from "../../src/gate/untouched.ts";
import { openRepository } from "../../src/repository/repository.ts";
import { testRepository } from "../support/repository.ts";

const migration = (table: string) => ({
  [`${table}/migrations/1_${table}.up.sql`]: `CREATE TABLE ${table} (id int);`,
  [`${table}/migrations/1_${table}.down.sql`]: `DROP TABLE ${table};`,
});
const configuration = `projects:
  - { directory: boats, tool: sql, migrations: boats/migrations, paths: ["boats/**", "shared/*.sql"] }
  - { directory: locks, tool: sql, migrations: locks/migrations }
`;

/** Which projects are replayed where a change to such a repository has these files. */
async function replayed(change: Readonly<Record<string, string>>, options: Partial<GateOptions> = {}) {
  using repository = testRepository({
    ...migration("boats"),
    ...migration("locks"),
    "headgate.yml": configuration,
    "shared/a.sql": "",
  });
  repository.branch(change);
  const { verdict, projects } = await runGate({
    directory: repository.root,
    engine: "embedded",
    environment: process.env,
    base: "main",
    ...options,
  });
  expect(verdict).toBe("passed");
  return projects.map(({ name, checks }) => {
    const upgrade = checks.find(({ id }) => id === "upgrade");
    return [name, upgrade?.status === "skipped" && upgrade.reason === untouchedReason ? "left alone" : "replayed"];
  });
}

describe("a project that says what belongs to it", () => {
  it.each([
    ["is left alone where the change touches nothing of it, and that is said", { "README.md": "x" }, "left alone"],
    ["is replayed where the change touches one of its paths", { "boats/src/app.ts": "x" }, "replayed"],
    ["is replayed where the change touches what it shares", { "shared/b.sql": "x" }, "replayed"],
    [
      "is replayed where the change brings a migration",
      { "boats/migrations/2_x.up.sql": "SELECT 1;", "boats/migrations/2_x.down.sql": "SELECT 1;" },
      "replayed",
    ],
    ["is replayed where the change is to the configuration", { "headgate.yml": `${configuration}# x\n` }, "replayed"],
  ])("%s", async (_, change, boats) => {
    expect(await replayed(change)).toEqual([
      ["boats", boats],
      // Which says nothing, so that everything is its.
      ["locks", "replayed"],
    ]);
  });

  it.each([
    ["the environment of Alembic", "app/migrations/env.py", false],
    ["rows that a revision is tried with", "rows/one.sql", false],
    ["nothing of it", "app/README.md", true],
  ])("is replayed where the change is to what its migrations run with: %s", (_, path, untouched) => {
    using repository = testRepository({
      "headgate.yml": `projects: [{ directory: app, tool: alembic, config: app/alembic.ini, paths: ["src/**"], samples: { a1: rows/one.sql } }]\n`,
      "app/alembic.ini": "[alembic]\nscript_location = migrations\n",
      "app/migrations/env.py": "from alembic import context\ncontext.run_migrations()\n",
      "app/migrations/versions/a1.py": `revision = "a1"\ndown_revision = None\n`,
      "rows/one.sql": "SELECT 1;",
    });
    repository.branch({ [path]: "# another\n" });
    const opened = openRepository({ directory: repository.root, base: "main" });
    expect(opened.projects.map((project) => isUntouched(project, opened))).toEqual([untouched]);
  });

  it("is replayed where everything is to be", async () => {
    expect(await replayed({ "README.md": "x" }, { replay: "all" })).toContainEqual(["boats", "replayed"]);
  });
});
