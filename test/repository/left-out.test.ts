import { describe, expect, it } from "vitest";
import { runGate } from "../../src/gate.ts";
import { readConfiguration } from "../../src/repository/read-configuration.ts";
import { findProjects, type ProjectSelection } from "../../src/repository/select-projects.ts";
import { tools } from "../../src/tools/registry.ts";
import { headgate } from "../support/cli.ts";
import { filesOf } from "../support/files.ts";
import { testRepository } from "../support/repository.ts";

type Tree = Readonly<Record<string, string>>;

const sql = (folder: string): Tree => ({
  [`${folder}/1_boats.up.sql`]: "CREATE TABLE boats (id bigint PRIMARY KEY);",
  [`${folder}/1_boats.down.sql`]: "DROP TABLE boats;",
});
const environment: Tree = { "db/env.py": "", "db/versions/a1.py": 'revision = "a1"\ndown_revision = None\n' };
const ini = (url = "") => `[alembic]\nscript_location = %(here)s/../db\n${url && `sqlalchemy.url = ${url}\n`}`;

/** The migrations, or the configuration, of what is taken and of what is left out. */
function found(tree: Tree, selection: Partial<ProjectSelection> = {}) {
  const files = filesOf(tree);
  const { projects, leftOut } = findProjects(files, readConfiguration(files), tools, { directory: ".", ...selection });
  return {
    taken: projects.map(({ configFile, migrations }) => configFile ?? migrations[0]),
    leftOut: leftOut.map(({ project, reason }) => `${project.name}: ${reason}`),
  };
}

describe("what is left out beside other projects", () => {
  it("is what tests read", () => {
    const named = "lock/tests/boats_fixture_broken";
    const tree = {
      ...sql("app/migrations"),
      ...sql("lock/testdata/m"),
      ...sql(named),
      ...sql("tests/unit/fixtures/m"),
    };
    expect(found(tree)).toEqual({
      taken: ["app/migrations"],
      leftOut: [
        "lock/testdata/m: lock/testdata holds what tests read",
        `${named}: ${named} holds what tests read`,
        "tests/unit/fixtures/m: tests/unit/fixtures holds what tests read",
      ],
    });
    // Whoever keeps the fixtures of a league has migrations there like anywhere.
    for (const usual of ["services/fixtures/m", "tests/prefixtures/m"])
      expect(found({ ...sql("app/migrations"), ...sql(usual) }).leftOut).toEqual([]);
  });

  it("is taken where it is named, or all that there is", () => {
    const tree = { ...sql("app/migrations"), ...sql("lock/testdata/m") };
    const taken = ["lock/testdata/m"];
    expect(found(tree, { directory: "lock" })).toEqual({ taken, leftOut: [] });
    expect(found(tree, { project: "lock/testdata/m" })).toEqual({ taken, leftOut: [] });
    expect(found({ ...tree, "headgate.yml": "projects: [{ directory: lock }]" })).toEqual({ taken, leftOut: [] });
    expect(found(sql("lock/testdata/m"))).toEqual({ taken, leftOut: [] });
  });

  it("is what is named after another database, which a service may be too", () => {
    const tree = { ...sql("app/migrations"), ...sql("price-oracle/migrations"), ...sql("m/sqlite") };
    expect(found(tree)).toEqual({
      taken: ["app/migrations"],
      leftOut: [
        "m/sqlite: m/sqlite is named after another database, sqlite",

        "price-oracle/migrations: price-oracle/migrations is named after another database, oracle",
      ],
    });
    expect(found(sql("price-oracle/migrations"))).toEqual({ taken: ["price-oracle/migrations"], leftOut: [] });
  });

  it("is what is written for another database", () => {
    const written = {
      ...sql("app/migrations"),
      "app/migrations/2_a.sql": "CREATE TABLE words (word text DEFAULT 'ENGINE = MergeTree'); -- AUTO_INCREMENT\n",
      "metrics/migrations/1_a.sql":
        "-- migrate:up\nCREATE TABLE t (at DateTime('UTC') CODEC(ZSTD(3)))\nENGINE = ReplicatedMergeTree ORDER BY at;\n-- migrate:down\n",
      "shop/migrations/1_a/up.sql": "CREATE TABLE t (\n  id int NOT NULL AUTO_INCREMENT,\n  PRIMARY KEY (id)\n);\n",
      "shop/migrations/1_a/down.sql": "DROP TABLE t;\n",
      "till/migrations/1_a.up.sql": "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT);\n",
    };
    expect(found(written)).toEqual({
      taken: ["app/migrations"],
      leftOut: [
        "metrics/migrations: metrics/migrations/1_a.sql is written for ClickHouse",
        "shop/migrations: shop/migrations/1_a/up.sql is written for MySQL",
        "till/migrations: till/migrations/1_a.up.sql is written for SQLite",
      ],
    });
  });

  it("is a template that nobody has filled in", () => {
    expect(found({ ...sql("app/migrations"), ...sql("new/{{name}}/migrations") })).toEqual({
      taken: ["app/migrations"],
      leftOut: ["new/{{name}}/migrations: {{name}} is a template's name, which nobody has filled in"],
    });
  });

  it("is a configuration for another database, where one for PostgreSQL has the same migrations", () => {
    const tree = {
      ...environment,
      "etc/alembic_mysql.ini": ini(),
      "etc/alembic_postgres14.ini": ini(),
      "etc/local.ini": ini("sqlite:///boats.db"),
    };
    expect(found(tree)).toEqual({
      taken: ["etc/alembic_postgres14.ini"],
      leftOut: [
        "etc/alembic_mysql.ini: etc/alembic_mysql.ini is for MySQL; etc/alembic_postgres14.ini has the same migrations for PostgreSQL",
        "etc/local.ini: etc/local.ini is for SQLite; etc/alembic_postgres14.ini has the same migrations for PostgreSQL",
      ],
    });
    // Where it stands alone its URL may be a stand-in, which env.py replaces.
    expect(found({ ...environment, "etc/local.ini": ini("sqlite:///boats.db") })).toEqual({
      taken: ["etc/local.ini"],
      leftOut: [],
    });
  });

  it("stands in the verdict, and is not gone because others have come", async () => {
    using repository = testRepository(sql("lock/testdata/m"));
    repository.commit("before");
    repository.write(sql("app/migrations"));
    const { verdict, projects } = await runGate({
      directory: repository.root,
      base: "HEAD",
      engine: "embedded",
      environment: process.env,
    });
    expect(verdict).toBe("passed");
    expect(projects.map(({ name, findings }) => [name, findings.map(({ ruleId }) => ruleId)])).toEqual([
      ["app", []],
      ["lock/testdata/m", []],
    ]);
    expect(projects[1]?.checks).toEqual([expect.objectContaining({ id: "lineage", status: "skipped" })]);
  });

  it.each([
    ["lint", "passed: nothing found; 2 statements in 2 files judged"],
    ["lineage", "1 (head"],
    ["check", "passed: 1 project, 1 not judged, nothing found"],
  ])("is named by headgate %s", async (command, rest) => {
    using repository = testRepository({ ...sql("app/migrations"), ...sql("lock/testdata/m") });
    const args = [command, ...(command === "check" ? ["--engine", "embedded"] : [])];
    const { exitCode, stdout } = await headgate(args, { cwd: repository.root });
    expect([exitCode, stdout.replaceAll(/\s+/g, " ")]).toEqual([0, expect.stringContaining(rest)]);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain(
      "left out: lock/testdata holds what tests read; `projects:` in headgate.yml can name it",
    );
  });
});
