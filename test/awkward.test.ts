import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { runGate, type GateOptions } from "../src/gate.ts";
import type { ProjectVerdict, Verdict } from "../src/verdict.ts";
import { alembicHistory, execute, type AlembicRevision } from "./support/alembic-history.ts";
import { migrationClass, mikroOrmHistory } from "./support/mikro-orm-history.ts";
import { currentAlembic, pythonWith } from "./support/python.ts";
import { testRepository } from "./support/repository.ts";
import { available } from "./support/requirements.ts";
import { linkMikroOrm, versions, type Version } from "./tools/mikro-orm/project.ts";

interface Repository {
  readonly tree: Record<string, string>;
  /** A folder of `test/fixtures` that is copied into it. */
  readonly fixture?: string;
  /** The version of MikroORM that is installed in it. */
  readonly mikroOrm?: Version;
}

/** Gates everything in the repository, and says whether the checkout is as clean as before. */
async function gate({ tree, fixture, mikroOrm }: Repository, options: Partial<GateOptions> = {}): Promise<Verdict> {
  using repository = testRepository();
  if (fixture !== undefined)
    cpSync(fileURLToPath(new URL(`fixtures/${fixture}`, import.meta.url)), repository.root, { recursive: true });
  repository.write(tree);
  if (mikroOrm !== undefined) linkMikroOrm(mikroOrm, repository.root);
  repository.commit("everything");
  const verdict = await runGate({
    directory: repository.root,
    engine: "embedded",
    environment: process.env,
    ...options,
  });
  expect(repository.git("status", "--porcelain")).toBe("");
  return verdict;
}

/** What was found about the replay and the lineage: rule, revision, message and help in one line each. */
const found = (project: ProjectVerdict | undefined) =>
  (project?.findings ?? [])
    .filter(({ severity, statement }) => severity !== "info" && statement === undefined)
    .map(({ ruleId, revision, message, help }) => `${ruleId} ${revision ?? "-"} ${message} ${help ?? ""}`);

const statuses = ({ checks }: ProjectVerdict) =>
  Object.fromEntries(
    checks.filter(({ id }) => id !== "safety" && id !== "history").map(({ id, status }) => [id, status]),
  );
const passed = { lineage: "passed", upgrade: "passed", downgrade: "passed", reupgrade: "passed" };

const boats = (id: string, down?: string): AlembicRevision => ({
  id,
  ...(down === undefined ? {} : { down }),
  upgrade: execute("CREATE TABLE boats (id bigint PRIMARY KEY)"),
  downgrade: execute("DROP TABLE boats"),
});
const name = (id: string, down?: string): AlembicRevision => ({
  id,
  ...(down === undefined ? {} : { down }),
  upgrade: execute("ALTER TABLE boats ADD COLUMN name text"),
  downgrade: execute("ALTER TABLE boats DROP COLUMN name"),
});

describe.skipIf(!available("python"))("awkward Alembic histories", () => {
  let python: string;
  beforeAll(async () => {
    python = await pythonWith(currentAlembic);
  }, 600_000);
  const only = async (revisions: readonly AlembicRevision[], settings?: string, more: Record<string, string> = {}) => {
    const verdict = await gate({ tree: { ...alembicHistory(python, revisions, settings), ...more } });
    return verdict.projects[0] as ProjectVerdict;
  };

  it.each([
    ["behind Flask-Migrate", "flask-app", `environment: { HARBOUR_DB: "postgresql://production.invalid/x" }`, ["f1"]],
    ["configured in code, without alembic.ini", "in-code", "", ["s1"]],
  ])("%s", async (_, fixture, settings, heads) => {
    const { projects } = await gate({
      fixture: `alembic/${fixture}`,
      tree: { "headgate.yml": `projects: [{ directory: ., interpreter: ${JSON.stringify(python)}, ${settings} }]` },
    });
    expect(projects.map((project) => [project.lineage?.heads, statuses(project)])).toEqual([[heads, passed]]);
  });

  it("two environments in one alembic.ini are two projects", async () => {
    const { projects } = await gate({
      fixture: "alembic/sections",
      tree: {
        "headgate.yml": `projects: [${["upper", "lower"]
          .map((section) => `{ directory: ., section: ${section}, interpreter: ${JSON.stringify(python)} }`)
          .join(", ")}]`,
      },
    });
    expect(projects.map((project) => [project.name, project.lineage?.heads, statuses(project)])).toEqual([
      ["upper", ["upper_1"], passed],
      ["lower", ["lower_1"], passed],
    ]);
  });

  it("ids whose order is not their text order", async () => {
    const project = await only([boats("z9"), name("a1", "z9")]);
    expect([project.lineage?.new, statuses(project)]).toEqual([["z9", "a1"], passed]);
  });

  it("no revision yet: an error until that is said to be right", async () => {
    const undeclared = await gate({ tree: alembicHistory(python, []) });
    expect([undeclared.verdict, undeclared.projects[0]?.checks[0]]).toEqual([
      "errored",
      expect.objectContaining({ status: "errored", reason: expect.stringContaining("`allow-empty: true`") }),
    ]);
    expect((await gate({ tree: alembicHistory(python, [], "allow-empty: true") })).verdict).toBe("passed");
  });

  it.each([
    ["a schema that create_all() made", [name("b2")], /^upgrade-fails b2 .*"boats" does not exist.* `start:`/s],
    [
      "an Enum whose type nobody creates",
      [
        boats("a1"),
        {
          ...name("b2", "a1"),
          atImport: "import sqlalchemy as sa",
          upgrade: 'op.add_column("boats", sa.Column("hull", sa.Enum("oak", "steel", name="hull_kind")))',
        },
      ],
      /^upgrade-fails b2 .*"hull_kind" does not exist.*`sa\.Enum\(…, name="hull_kind"\)\.create\(op\.get_bind\(\)\)`/s,
    ],
    [
      "the same, where the migration catches the error and goes on",
      [{ ...name("b2"), upgrade: `try:\n    ${name("b2").upgrade}\nexcept Exception:\n    pass` }],
      /^upgrade-fails b2 .*"boats" does not exist; the migration catches this .*Statement: ALTER TABLE boats.* `start:`/s,
    ],
    [
      "a role that a platform provides",
      [{ id: "g1", upgrade: execute("GRANT USAGE ON SCHEMA public TO lockkeepers") }],
      /^upgrade-fails g1 .*role "lockkeepers" does not exist.* `prelude:`/s,
    ],
    [
      "an extension that this server does not have",
      [{ id: "x1", upgrade: execute("CREATE EXTENSION tides") }],
      /^upgrade-fails x1 .*extension "tides" is not available.* `image:`/s,
    ],
  ])("that needs %s: told what to do", async (_, revisions, told) => {
    expect(found(await only(revisions))).toEqual([expect.stringMatching(told)]);
  });

  it("an extension that this server does not have, where PostgreSQL 14 calls that a missing file", async () => {
    const tree = alembicHistory(python, [{ id: "x1", upgrade: execute("CREATE EXTENSION tides") }]);
    const { projects } = await gate({ tree }, { postgres: "14" });
    expect(found(projects[0])).toEqual([expect.stringMatching(/^upgrade-fails x1 .*tides\.control.* `image:`/s)]);
  });

  it("that starts on a dump, taken at a revision, behind a prelude", async () => {
    const project = await only(
      [
        { id: "b1", upgrade: "raise RuntimeError('made by hand, long ago')" },
        name("b2", "b1"),
        { id: "b3", down: "b2", upgrade: execute("GRANT SELECT ON boats TO lockkeepers") },
      ],
      "prelude: [db/roles.sql], start: { dump: db/start.sql, revision: b1 }, one-way: { b3: the platform's business }",
      {
        "db/roles.sql": "CREATE ROLE lockkeepers;\n",
        "db/start.sql": "SET search_path = '';\nCREATE TABLE public.boats (id bigint PRIMARY KEY);\n",
      },
    );
    expect([found(project), statuses(project)]).toEqual([[], passed]);
  });

  it.each([
    [
      "a trigger on the tool's own version table",
      [
        {
          id: "t1",
          upgrade: execute(
            "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            "CREATE TRIGGER noted AFTER INSERT OR DELETE ON alembic_version FOR EACH STATEMENT EXECUTE FUNCTION note()",
          ),
          downgrade: execute("DROP TRIGGER noted ON alembic_version", "DROP FUNCTION note()"),
        },
      ],
      [],
    ],
    [
      "a trigger on the tool's own version table that survives",
      [
        {
          id: "t1",
          upgrade: execute(
            "CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            "CREATE OR REPLACE TRIGGER noted AFTER INSERT ON alembic_version EXECUTE FUNCTION note()",
          ),
        },
      ],
      [/^downgrade-missing t1 .*trigger `alembic_version\.noted` survives/s],
    ],
    ["a migration that calls input()", [{ id: "i1", upgrade: `input("Which lock? ")` }], [/^asks-for-input i1 /]],
    [
      "a cluster-wide role that survives",
      [{ id: "r1", upgrade: execute("CREATE ROLE headgate_test_lockkeeper") }],
      [/^downgrade-missing r1 .*role `headgate_test_lockkeeper` survives/s],
    ],
    [
      "a migration that commits by itself",
      [
        {
          id: "c1",
          upgrade: execute("CREATE TABLE a ()", "COMMIT", "CREATE TABLE b ()"),
          downgrade: execute("DROP TABLE a, b"),
        },
      ],
      [/^step-warning c1 It commits before it ends/],
    ],
    [
      "an index that is built outside a transaction",
      [
        boats("a1"),
        {
          id: "a2",
          down: "a1",
          upgrade: `with op.get_context().autocommit_block():\n    ${execute("CREATE INDEX CONCURRENTLY boats_id ON boats (id)")}`,
          downgrade: `with op.get_context().autocommit_block():\n    ${execute("DROP INDEX CONCURRENTLY boats_id")}`,
        },
      ],
      [],
    ],
    [
      "a validation, which nothing takes back and nobody wants back",
      [
        boats("v1"),
        {
          id: "v2",
          down: "v1",
          upgrade: execute("ALTER TABLE boats ADD CONSTRAINT positive CHECK (id > 0) NOT VALID"),
          downgrade: execute("ALTER TABLE boats DROP CONSTRAINT positive"),
        },
        { id: "v3", down: "v2", upgrade: execute("ALTER TABLE boats VALIDATE CONSTRAINT positive") },
      ],
      [],
    ],
    [
      "the name that PostgreSQL 18 gives a NOT NULL, from the table's name of that day",
      [
        {
          id: "n1",
          upgrade: execute("CREATE TABLE ships (id bigint PRIMARY KEY, name text NOT NULL)"),
          downgrade: execute("DROP TABLE ships"),
        },
        {
          id: "n2",
          down: "n1",
          upgrade: execute("ALTER TABLE ships RENAME TO boats"),
          downgrade: execute("ALTER TABLE boats RENAME TO ships"),
        },
        {
          id: "n3",
          down: "n2",
          upgrade: execute("ALTER TABLE boats DROP COLUMN name"),
          downgrade: execute("ALTER TABLE boats ADD COLUMN name text NOT NULL"),
        },
      ],
      [],
    ],
  ])("%s", async (_, revisions, expected) => {
    expect(found(await only(revisions))).toEqual(expected.map((text) => expect.stringMatching(text)));
  });
});

describe.each(versions)("awkward MikroORM histories, %s", (mikroOrm) => {
  const first = {
    Migration20260101080000: migrationClass("Boats", "CREATE TABLE boats (id bigint PRIMARY KEY)", "DROP TABLE boats"),
  };

  it("foreign keys that are off while it migrates: the project's setting, and no finding", async () => {
    const { projects } = await gate({ tree: mikroOrmHistory(first), mikroOrm });
    expect(projects[0]?.findings).toEqual([]);
    expect(statuses(projects[0] as ProjectVerdict)).toEqual(passed);
  });

  it("a file with two classes, of which only one runs", async () => {
    const both =
      migrationClass("Docks", "CREATE TABLE docks (id bigint PRIMARY KEY)", "DROP TABLE docks") +
      migrationClass("Gates", "CREATE TABLE gates (id bigint PRIMARY KEY)", "DROP TABLE gates");
    const { projects } = await gate({ tree: mikroOrmHistory({ ...first, Migration20260102080000: both }), mikroOrm });
    expect(found(projects[0])).toEqual([
      expect.stringMatching(/^unsound-history Migration20260102080000 .*2 migration classes \(Docks, Gates\)/),
    ]);
  });
});
