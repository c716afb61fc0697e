import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PostgresServer } from "../../../src/engines/engine.ts";
import { ConfigurationError, ToolError } from "../../../src/errors.ts";
import type { Project } from "../../../src/project.ts";
import { currentAlembic, oldAlembic, pythonWith } from "../../support/python.ts";
import { startTestServer } from "../../support/postgres.ts";
import { available } from "../../support/requirements.ts";
import { noOtherConnections, fixtureProject, fixtureRoot, openProject, tablesOf } from "./alembic-project.ts";
import type { OpenProject } from "./alembic-project.ts";

const pythons: Record<string, string> = {};
let server: PostgresServer;

describe.skipIf(!available("python"))("Alembic", { timeout: 300_000 }, () => {
  beforeAll(async () => {
    pythons["current"] = await pythonWith(currentAlembic);
    pythons["1.13 with SQLAlchemy 1.4"] = await pythonWith(oldAlembic);
    server = await startTestServer();
  }, 600_000);
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  const open = (project: Project, environment: Record<string, string> = {}, version = "current") =>
    openProject(server, project, { python: pythons[version] as string, environment });

  async function upThenDown({ session, client }: OpenProject): Promise<readonly string[]> {
    const { revisions } = await session.history();
    const ids = revisions.map(({ id }) => id);
    await session.prepare();
    expect(await session.upgrade(ids)).toMatchObject({ kind: "done" });
    const tables = await tablesOf(client);
    expect(await session.downgrade([...ids].toReversed())).toMatchObject({ kind: "done" });
    return tables;
  }

  describe.each(["current", "1.13 with SQLAlchemy 1.4"])("%s", (version) => {
    test("greets with the versions it found", async () => {
      await using project = await open(fixtureProject("steps"), {}, version);
      expect(project.session.greeting.runtimeVersion).toMatch(/^Python 3\.\d+\.\d+/);
      if (version !== "current") expect(project.session.greeting.toolVersion).toMatch(/^1\.13\./);
    });

    test("branches, merges, labels and dependencies in several version locations, each step on its own", async () => {
      await using project = await open(fixtureProject("branches"), {}, version);
      const { session, client } = project;
      const { revisions, problems } = await session.history();
      expect(problems).toEqual([]);
      expect(
        revisions.map(({ id, downRevisions, dependsOn, branchLabels, file }) => [
          id,
          downRevisions,
          dependsOn,
          branchLabels,
          file,
        ]),
      ).toEqual([
        ["r1", [], [], ["rivers"], "rivers/r1.py"],
        ["r3", ["r1"], [], [], "rivers/r3.py"],
        ["r2", ["r1"], [], [], "rivers/r2.py"],
        ["c1", [], [], ["canals"], "canals/c1.py"],
        ["c2", ["c1"], ["r1"], [], "canals/c2.py"],
        ["c3", ["c2"], ["r2"], [], "canals/c3.py"],
        ["r4", ["r2", "r3"], [], [], "rivers/r4.py"],
      ]);
      expect(await session.prepare()).toEqual(["gauge"]);
      expect(await tablesOf(client)).toEqual(["log.gauge"]);
      const heads: Record<string, readonly string[]> = {};
      for (const { id } of revisions) {
        expect(await session.upgrade([id])).toMatchObject({ kind: "done" });
        heads[id] = await versions(client, "log.gauge");
      }
      expect(heads).toEqual({
        r1: ["r1"],
        r3: ["r3"],
        r2: ["r2", "r3"],
        c1: ["c1", "r2", "r3"],
        c2: ["c2", "r2", "r3"],
        c3: ["c3", "r3"],
        r4: ["c3", "r4"],
      });
      const before = Object.keys(heads);
      for (const [index, id] of [...before.entries()].toReversed()) {
        expect(await session.downgrade([id])).toMatchObject({ kind: "done" });
        expect(await versions(client, "log.gauge")).toEqual(index === 0 ? [] : heads[before[index - 1] as string]);
      }
      expect(await tablesOf(client)).toEqual(["log.gauge"]);
    });

    test("stamps heads, also when all their ancestors are named", async () => {
      await using project = await open(fixtureProject("branches"), {}, version);
      const { session, client } = project;
      await session.prepare();
      await session.stamp(["r1"]);
      expect(await versions(client, "log.gauge")).toEqual(["r1"]);
      await session.stamp(["r1", "r2", "c1", "c2"]);
      expect(await versions(client, "log.gauge")).toEqual(["c2", "r2"]);
      await session.stamp(["c3"]);
      expect(await versions(client, "log.gauge")).toEqual(["c3"]);
      expect(await tablesOf(client)).toEqual(["log.gauge"]);
    });

    test.each(["alembic", "alembic-fault"])("the example %s", async (name) => {
      const root = fixtureRoot(`../../../examples/${name}`);
      const project: Project = { ...fixtureProject(`../../../examples/${name}`), name };
      await using opened = await openProject(server, project, { python: pythons[version] as string, root });
      expect(await upThenDown(opened)).toEqual(["alembic_version", "boat", "lock", "passage"]);
      const { rows } = await opened.client.query("select typname from pg_type where typname = 'boat_kind'");
      expect(rows).toHaveLength(name === "alembic" ? 0 : 1);
    });

    describe("a step that fails", () => {
      let project: OpenProject;
      beforeAll(async () => {
        project = await open(fixtureProject("steps"), {}, version);
        await project.session.prepare();
      });
      afterAll(() => project[Symbol.asyncDispose]());

      test.each([
        [
          "bad_sql",
          {
            kind: "sql",
            message: 'relation "nowhere" does not exist',
            sqlState: "42P01",
            statement: "INSERT INTO nowhere (name) VALUES (%(name)s)",
            line: 10,
          },
        ],
        ["bad_code", { kind: "code", message: "AttributeError: 'NoneType' object has no attribute 'close'", line: 11 }],
        [
          "asks",
          { kind: "asks-for-input", message: "The migration asks for input, and nobody is there to answer.", line: 10 },
        ],
        ["exits", { kind: "code", message: "The migration ends the process (exit code 7).", line: 9 }],
        [
          "needs_variable",
          {
            kind: "code",
            message:
              "The migration needs GATE_LEVEL, which is not set. Set it under `environment:` of this project in headgate.yml.",
            line: 10,
          },
        ],
        [
          "this_identifier_is_longer_than_the_column",
          {
            kind: "sql",
            message: "value too long for type character varying(32)",
            sqlState: "22001",
            statement: expect.stringContaining("INSERT INTO alembic_version"),
          },
        ],
      ])("%s", async (revision, failure) => {
        const outcome = await project.session.upgrade([revision]);
        expect(outcome).toEqual({
          kind: "failed",
          durationMs: expect.any(Number),
          failure: { revision, file: `migrations/versions/${revision}.py`, ...failure },
        });
        expect(JSON.stringify(outcome)).not.toContain("Mrs Secret");
        expect(await versions(project.client, "alembic_version")).toEqual([]);
      });

      test.each([
        ["refuses", { kind: "no-downgrade", message: "NotImplementedError: water does not flow uphill" }],
        ["helper_refuses", { kind: "no-downgrade", message: "NotImplementedError: nor does a helper" }],
        ["gives_up", { kind: "no-downgrade", message: "RuntimeError: one way only" }],
        ["nothing_back", { kind: "no-downgrade", message: "The revision declares no `downgrade`." }],
        [
          "depends",
          {
            kind: "sql",
            message:
              "cannot drop type pound because other objects depend on it: column p of table f depends on type pound",
          },
        ],
      ])("the way back: %s", async (revision, failure) => {
        expect(await project.session.upgrade([revision])).toMatchObject({ kind: "done" });
        expect(await project.session.downgrade([revision])).toMatchObject({ kind: "failed", failure });
      });

      test("taking back what was never applied", async () => {
        expect(await project.session.downgrade(["commits"])).toMatchObject({
          kind: "failed",
          failure: { revision: "commits" },
        });
      });

      test("an unknown revision", async () => {
        expect(await project.session.upgrade(["none"])).toMatchObject({
          kind: "failed",
          failure: { kind: "code", message: expect.stringContaining("none") },
        });
      });
    });

    test("a process that dies is told with its last words, without the URL it printed", async () => {
      await using project = await open(fixtureProject("steps"), {}, version);
      const outcome = await project.session.upgrade(["dies"]);
      expect(outcome).toMatchObject({
        failure: {
          kind: "died",
          revision: "dies",
          message: "The process that runs the migrations ended (exit code 9): the weir broke.",
        },
      });
    });

    test.each<readonly [string, readonly string[] | undefined]>([
      ["commits", ["It commits before it ends: what it did up to there stays when a later statement fails."]],
      ["own_engine", ["It commits on a connection of its own: that part stays when the migration fails."]],
      ["awaits", ["Its function is asynchronous, so that Alembic runs nothing of it."]],
      ["autocommit", undefined],
      ["refuses", undefined],
    ])("a step worth a warning: %s", async (revision, warnings) => {
      await using project = await open(fixtureProject("steps"), {}, version);
      const outcome = await project.session.upgrade([revision]);
      expect(outcome).toEqual({ kind: "done", durationMs: expect.any(Number), ...(warnings ? { warnings } : {}) });
      expect(await versions(project.client, "alembic_version")).toEqual([revision]);
    });

    test("releases every connection, and connects again", async () => {
      await using project = await open(fixtureProject("steps"), {}, version);
      await project.session.upgrade(["direct"]);
      await project.session.release();
      await noOtherConnections(project.client);
      expect(await project.session.downgrade(["direct"])).toMatchObject({ kind: "done" });
    });
  });

  describe("files that are no sound history", () => {
    test("are told one by one", async () => {
      await using project = await open(fixtureProject("broken"));
      const { revisions, problems } = await project.session.history();
      expect(revisions.map(({ id, file }) => [id, file])).toEqual([
        ["good", "migrations/versions/good.py"],
        ["twin", "migrations/versions/twin_b.py"],
      ]);
      expect(problems.map(({ kind, message, files, line }) => [kind, files.join(), line, message])).toEqual([
        [
          "unreadable",
          "migrations/versions/imports.py",
          1,
          expect.stringMatching(/^The file imports no_such_sluice, which .*python does not have\.$/),
        ],
        ["unreadable", "migrations/versions/no_parent.py", undefined, "The file declares no `down_revision`."],
        [
          "unreadable",
          "migrations/versions/notes.py",
          undefined,
          expect.stringContaining("Could not determine revision id"),
        ],
        ["unreadable", "migrations/versions/syntax.py", 6, expect.stringContaining("SyntaxError: ")],
        ["unreadable", "migrations/versions/variable.py", 3, "The file needs GATE_LEVEL, which is not set."],
        [
          "duplicate",
          "migrations/versions/twin_a.py,migrations/versions/twin_b.py",
          undefined,
          "Two files declare the revision twin; Alembic runs only one of them.",
        ],
      ]);
      // What the files are not to blame for.
      expect(problems.flatMap(({ help }) => help ?? [])).toEqual([
        expect.stringMatching(/^Install the project's requirements/),
        "Set it under `environment:` of this project in headgate.yml.",
      ]);
    });
  });

  describe("wherever env.py connects to, it is the server of the check", () => {
    test("an asynchronous environment that leaves its connection behind", async () => {
      await using project = await open(fixtureProject("asynchronous"));
      const { session, client } = project;
      await session.prepare();
      expect(await session.upgrade(["a1"])).toMatchObject({ kind: "done" });
      expect(await session.upgrade(["a2"])).toMatchObject({
        failure: {
          kind: "sql",
          sqlState: "42P01",
          message: 'relation "narrowboat" does not exist',
          file: "migrations/versions/a2.py",
          line: 9,
          statement: "CREATE INDEX ix ON narrowboat (id)",
        },
      });
      expect(await session.upgrade(["a3"])).toMatchObject({ kind: "done" });
      await session.release();
      await noOtherConnections(client);
      expect(await session.downgrade(["a3", "a1"])).toMatchObject({ kind: "done" });
      expect(await tablesOf(client)).toEqual(["alembic_version"]);
    });

    test("Flask-Migrate, with an application that its migrations use", async () => {
      await using project = await open(fixtureProject("flask-app"), {
        HARBOUR_DB: "postgresql://production.invalid/x",
      });
      expect(await upThenDown(project)).toEqual(["alembic_version", "pier_berth"]);
      await project.session.release();
      await noOtherConnections(project.client);
    });

    test("Flask-Migrate without the variable its application needs", async () => {
      await using project = await open(fixtureProject("flask-app"));
      await expect(project.session.prepare()).rejects.toThrow(
        new ConfigurationError(
          "harbour.py:13: The project needs HARBOUR_DB, which is not set. Set it under `environment:` of this project in headgate.yml; what names a database may have any value, because the connection is redirected.",
        ),
      );
    });

    test("a library that configures Alembic in code", async () => {
      await using project = await open(fixtureProject("in-code"));
      expect(await upThenDown(project)).toEqual(["sluice.alembic_version", "sluice.gate"]);
    });

    test("modules that load only in the order in which env.py imports them, which a migration imports too", async () => {
      await using project = await open(fixtureProject("env-order"));
      expect(await upThenDown(project)).toEqual(["pier", "pier_version"]);
    });

    test("a script_location in the image that the checkout is put into", async () => {
      await using project = await open(fixtureProject("image"));
      expect(await upThenDown(project)).toEqual(["alembic_version", "quay"]);
    });

    test("pyproject.toml, with an engine made from DATABASE_URL that needs an asynchronous driver", async () => {
      await using project = await open(fixtureProject("pyproject"));
      expect(await upThenDown(project)).toEqual(["alembic_version", "ebb", "tide"]);
    });

    test.each(["upper", "lower"])("the section %s of one ini file", async (section) => {
      await using project = await open(fixtureProject("sections", section));
      expect(await upThenDown(project)).toEqual(["alembic_version", `${section}_pound`]);
    });

    test("several schemas in one run", async () => {
      await using project = await open(fixtureProject("env-schemas"));
      expect(await upThenDown(project)).toEqual([
        "north.alembic_version",
        "north.quay",
        "south.alembic_version",
        "south.quay",
      ]);
    });

    test("one that never closes its connections leaves none behind a step", async () => {
      await using project = await open(fixtureProject("env-unclosed"));
      expect(await project.session.upgrade(["e1"])).toMatchObject({ kind: "done" });
      expect(await project.session.downgrade(["e1"])).toMatchObject({ kind: "done" });
      await expect
        .poll(async () => {
          const others = await project.client.query(
            "select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
          );
          return others.rowCount;
        })
        .toBe(0);
    });

    test("connections that migrations make themselves, with every driver", async () => {
      await using project = await open(fixtureProject("direct"));
      const { session, client } = project;
      expect(await session.upgrade(["direct_other"])).toMatchObject({ kind: "done" });
      expect(await tablesOf(client)).toEqual(["alembic_version", "direct_async", "direct_other"]);
      await session.release();
      await noOtherConnections(client);
    });

    test.each(["alembic-sqlmodel", "alembic-sqlmodel-fault"])("the example %s", async (name) => {
      const root = fixtureRoot(`../../../examples/${name}`);
      const project: Project = { ...fixtureProject(`../../../examples/${name}`), name };
      await using opened = await openProject(server, project, { python: pythons["current"] as string, root });
      const history = await opened.session.history();
      expect(history.revisions.filter(({ downgrade }) => downgrade === "absent").map(({ id }) => id)).toEqual(
        name === "alembic-sqlmodel" ? [] : ["d5106cb7f83e"],
      );
      expect(await upThenDown(opened)).toEqual(["alembic_version", "canal", "gate"]);
    });
  });

  describe("an env.py that cannot be used is told in a sentence", () => {
    test.each([
      [
        "env-sqlite",
        "migrations/env.py:6: The migrations connect to sqlite, but Headgate checks them on PostgreSQL. Set QUAY_DATABASE_URI, which it reads, to a PostgreSQL URL under `environment:` of this project in headgate.yml, or `sqlalchemy.url` in the Alembic configuration; which server it names does not matter, the connection is redirected. If they are not for PostgreSQL, leave the project out: name those that are under `projects:` in headgate.yml.",
      ],
      [
        "env-variable",
        "settings.py:3: The project needs QUAY_HOST, which is not set. Set it under `environment:` of this project in headgate.yml; what names a database may have any value, because the connection is redirected.",
      ],
      [
        "env-library",
        "settings.py:10: LookupError: Config 'QUAY_DOCK' is missing, and has no default. The project asks for QUAY_DOCK, not set here: set what it needs under `environment:` of this project in headgate.yml.",
      ],
      [
        "env-syntax",
        "migrations/env.py:4: IndentationError: expected an indented block after 'if' statement on line 3",
      ],
      [
        "env-nothing",
        "migrations/env.py: env.py did not run the migrations: it never called `context.run_migrations()`.",
      ],
    ])("%s", async (name, message) => {
      await using project = await open(fixtureProject(name));
      await expect(project.session.prepare()).rejects.toThrow(ConfigurationError);
      await expect(project.session.prepare()).rejects.toThrow(message);
    });

    test("env-module", async () => {
      await using project = await open(fixtureProject("env-module"));
      await expect(project.session.prepare()).rejects.toThrow(
        /^migrations\/env\.py:1: The module no_such_sluice is not installed for \/.*: install the project's requirements/,
      );
    });

    test.each([
      ["mysql+mysqldb://app@db/canal", "mysql"],
      ["mssql+pyodbc://app@db/canal", "another database, with pyodbc"],
      ["snowflake://app@db/canal", "snowflake"],
    ])("a lone %s, whose driver is not installed", async (url, database) => {
      await using project = await open(fixtureProject("env-sqlite"), { QUAY_DATABASE_URI: url });
      await expect(project.session.prepare()).rejects.toThrow(
        `The migrations connect to ${database}, but Headgate checks them on PostgreSQL.`,
      );
      await expect(project.session.prepare()).rejects.toThrow("leave the project out: name those that are under");
    });

    test("the variable it needs, set in the configuration, is enough", async () => {
      await using project = await open(fixtureProject("env-variable"), { QUAY_HOST: "anything" });
      expect(await upThenDown(project)).toEqual(["alembic_version", "quay"]);
    });

    test("a sqlite default gives way to a URL in the configuration", async () => {
      await using project = await open(fixtureProject("env-sqlite"), { QUAY_DATABASE_URI: "postgresql://anything/x" });
      expect(await upThenDown(project)).toEqual(["alembic_version", "quay"]);
    });

    test("one that commits nothing", async () => {
      await using project = await open(fixtureProject("env-uncommitted"));
      await expect(project.session.prepare()).rejects.toThrow(
        /^migrations\/env\.py: env\.py rolls back what the migrations do/,
      );
      await expect(project.session.upgrade(["e1"])).resolves.toMatchObject({
        failure: { kind: "code", message: expect.stringContaining("rolls back") },
      });
    });

    test("several databases in one run are refused instead of waited for", async () => {
      await using project = await open(fixtureProject("env-several"));
      await expect(project.session.prepare()).rejects.toThrow(
        "migrations/env.py:12: env.py migrates several databases in one run, which Headgate cannot check: it has one database for each project.",
      );
    });

    test("a migration whose own commit loses Alembic's record of it", async () => {
      await using project = await open(fixtureProject("steps"));
      expect(await project.session.upgrade(["binds_commit"])).toMatchObject({
        failure: {
          kind: "code",
          file: "migrations/versions/binds_commit.py",
          message: expect.stringContaining("the record is rolled back"),
        },
      });
      expect(await tablesOf(project.client)).toEqual(["alembic_version", "c"]);
      expect(await versions(project.client, "alembic_version")).toEqual([]);
    });

    test("a failure that env.py catches is a failure all the same", async () => {
      await using project = await open(fixtureProject("env-swallows"));
      expect(await project.session.upgrade(["e1"])).toMatchObject({
        kind: "failed",
        failure: { kind: "sql", sqlState: "42601", statement: "CREATE TABEL quay ()" },
      });
    });
  });

  describe("a configuration that cannot be used is told in a sentence", () => {
    const steps = () => fixtureProject("steps");
    test.each<[string, Partial<Project>, string]>([
      ["no such file", { configFile: "none.ini" }, "The Alembic configuration none.ini does not exist."],
      ["no such section", { section: "upper" }, "alembic.ini: There is no section [upper]."],
      [
        "no env.py",
        { configFile: "../sections/alembic.ini", section: "loggers", migrations: ["none/versions"] },
        "The Alembic configuration cannot be loaded",
      ],
    ])("%s", async (_, change, message) => {
      await expect(open({ ...steps(), ...change })).rejects.toThrow(message);
    });

    test("a Python without Alembic", async () => {
      const project = openProject(server, steps(), { python: await pythonWith([]) });
      await expect(project).rejects.toThrow(ToolError);
      await expect(project).rejects.toThrow(/python cannot import alembic: install the project's requirements into it/);
    });
  });

  test("the history needs no database", async () => {
    const { openDriverSession } = await import("../../../src/sessions/driver-session.ts");
    const { childEnvironment } = await import("../../../src/sessions/child-environment.ts");
    await using session = await openDriverSession({
      command: [
        pythons["current"] as string,
        new URL("../../../src/tools/alembic/driver/main.py", import.meta.url).pathname,
      ],
      environment: childEnvironment(process.env, undefined),
      repository: fixtureRoot("branches"),
      directory: fixtureRoot("branches"),
      settings: { configFile: "alembic.ini" },
    });
    expect((await session.history()).revisions).toHaveLength(7);
    await expect(session.prepare()).rejects.toThrow("There is no database to run migrations on.");
  });

  // Last, because it looks at what all of the above left.
  test("the checkout stays clean", () => {
    const created = execFileSync("find", [fixtureRoot("."), "-name", "__pycache__", "-o", "-name", "*.pyc"]);
    expect(created.toString()).toBe("");
  });
});

async function versions(client: OpenProject["client"], table: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ version_num: string }>(`select version_num from ${table} order by 1`);
  return rows.map(({ version_num }) => version_num);
}
