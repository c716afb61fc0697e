import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { verdictSchema } from "../../src/report/verdict-schema.ts";
import { alembicHistory, execute } from "../support/alembic-history.ts";
import { type CliResult, headgate } from "../support/cli.ts";
import { migrationClass, mikroOrmHistory } from "../support/mikro-orm-history.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { type TestRepository, testRepository } from "../support/repository.ts";
import { available } from "../support/requirements.ts";
import { link, linkMikroOrm } from "../tools/mikro-orm/project.ts";

type Tree = Readonly<Record<string, string | Uint8Array>>;

const boats: Tree = {
  "sql/migrations/1_boats.up.sql": "CREATE TABLE boats (id int PRIMARY KEY);\n",
  "sql/migrations/1_boats.down.sql": "DROP TABLE boats;\n",
};
const second = (up: string | Uint8Array): Tree => ({
  ...boats,
  "sql/migrations/2_next.up.sql": up,
  "sql/migrations/2_next.down.sql": "SELECT 1;\n",
});

const check = (cwd: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
  headgate(["check", "--engine", "embedded", ...args], { cwd, env });

/** What is wrong, in so many words, and nothing that looks like a crash; nothing is said on standard error beside a verdict. */
function expectSaid({ exitCode, stdout, stderr }: CliResult, code: number, message: RegExp): void {
  const said = (stdout + stderr).replaceAll(/\s+/g, " ");
  expect({ exitCode, said }).toEqual({ exitCode: code, said: expect.stringMatching(message) });
  expect(stdout + stderr).not.toMatch(/^\s+at .*:\d+|Traceback|bug in Headgate|headgate:headgate@/m);
  if (stdout === "") expect(stderr).toMatch(/^headgate: [^\n]+\n$/);
  else expect(stderr).toBe("");
}

describe("SQL files", () => {
  it.each([
    [
      "a tool that is unknown",
      { ...boats, "headgate.yml": "projects: [{ tool: rails }]\n" },
      [],
      2,
      /tool.*rails|alembic/,
    ],
    [
      "a syntax error",
      second("SELECT 1;\nCREAT TABLE b ();\n"),
      [],
      1,
      /2_next\.up\.sql:2 .*syntax error at or near "CREAT"/,
    ],
    [
      "a statement that does not end",
      second("SELECT pg_sleep(600);"),
      ["--time-limit", "1s"],
      1,
      /did not end within 1 s\..*statement: SELECT pg_sleep\(600\);/,
    ],
    ["UTF-16", second(Buffer.from("\uFEFFSELECT 1;", "utf16le")), [], 1, /2_next\.up\.sql.*NUL byte.*UTF-8/],
    ["Latin-1", second(Buffer.from("-- caf\xe9\nSELECT 1;\n", "latin1")), [], 1, /2_next\.up\.sql:1 is not UTF-8/],
    ["a command of psql", second("\\connect canal\n"), [], 1, /\\connect is a command of psql/],
    [
      "a statement that ends all other sessions",
      second("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid();"),
      [],
      3,
      /a connection to it ended\. .* as pg_terminate_backend in a migration/,
    ],
    [
      "a statement that is too long to parse",
      second(`SELECT '${"x".repeat(5_000_000)}';`),
      [],
      1,
      /has 5\.0 million characters; one of more than 4 million is not parsed/,
    ],
  ] as const)("%s", async (_, tree, args, exitCode, message) => {
    using repository = testRepository(tree);
    expectSaid(await check(repository.root, args), exitCode, message);
  });

  it("a failure is told once, though the parser refuses the statement, too", async () => {
    using repository = testRepository(second("CREAT TABLE b ();\n"));
    const { stdout } = await check(repository.root, ["--format", "json"]);
    const [project] = verdictSchema.parse(JSON.parse(stdout)).projects;
    expect(project?.findings.filter(({ severity }) => severity === "error").map(({ ruleId }) => ruleId)).toEqual([
      "upgrade-fails",
    ]);
    expect(project?.checks.find(({ id }) => id === "safety")?.status).toBe("skipped");
  });

  it.each([
    ["nowhere", "nowhere", /2_next\.up\.sql cannot be read: it does not exist\./],
    ["in a circle", "2_next.up.sql", /2_next\.up\.sql cannot be read: its symbolic links lead in a circle\./],
    ["out of the repository", "/etc/hostname", /2_next\.up\.sql is outside the repository and is not read\./],
  ])("a link that leads %s", async (_, target, message) => {
    using repository = testRepository(boats);
    symlinkSync(target, join(repository.root, "sql/migrations/2_next.up.sql"));
    expectSaid(await check(repository.root), 2, message);
  });

  it("names that are not UTF-8, quotes, blanks and line ends are no problem", async () => {
    using repository = testRepository(boats);
    const bytes = (text: string) => Buffer.from(`${repository.root}/sql/migrations/${text}`, "latin1");
    for (const [name, sql] of [
      ["2_caf\xe9.up.sql", "CREATE TABLE cafes (id int PRIMARY KEY);\r\n"],
      ["2_caf\xe9.down.sql", "DROP TABLE cafes;\r\n"],
      ["3_a 'b' \"c\" $(d).up.sql", "SELECT 1;"],
      ["3_a 'b' \"c\" $(d).down.sql", "SELECT 1;"],
    ] as const)
      execFileSync(process.execPath, [
        "-e",
        "require('node:fs').writeFileSync(Buffer.from(process.argv[1], 'hex'), process.argv[2])",
        bytes(name).toString("hex"),
        sql,
      ]);
    expectSaid(await check(repository.root), 0, /3 revisions, 1 head/);
  });

  it("ten thousand revisions", async () => {
    const names = Array.from({ length: 10_001 }, (_, index) => String(index + 1).padStart(5, "0"));
    using repository = testRepository({
      ...Object.fromEntries(
        names.flatMap((name) => [
          [`migrations/${name}_x.up.sql`, "SELECT 1;"],
          [`migrations/${name}_x.down.sql`, "SELECT 1;"],
        ]),
      ),
      "start.sql": "",
      "headgate.yml": `projects: [{ directory: ., start: { dump: start.sql, revision: "10000" } }]\n`,
    });
    expectSaid(await check(repository.root), 0, /10001 revisions, 1 head, all new/);
  }, 300_000);

  it("a migration of 50 MB", async () => {
    const row = `INSERT INTO boats SELECT 1 WHERE false AND '${"x".repeat(500_000)}' = '';\n`;
    using repository = testRepository(second(row.repeat(100)));
    expectSaid(await check(repository.root), 0, /2 revisions, 1 head/);
  }, 300_000);

  // Only the superuser may make a file system that is full as soon as it is wanted.
  describe.skipIf(process.getuid?.() !== 0 || process.platform !== "linux")("a full disk", () => {
    it.each([
      ["while PostgreSQL is made", "5m", /did not start: FATAL.*No space left on device.*TMPDIR/],
      [
        "while a migration runs",
        "150m",
        /could not go on: .*No space left on device.*(?:TMPDIR|Check free disk space)/,
      ],
    ])("%s", async (_, size, message) => {
      using repository = testRepository(
        second("CREATE TABLE logs AS SELECT repeat(md5(i::text), 100) FROM generate_series(1, 1000000) i;"),
      );
      const disk = mkdtempSync(join(tmpdir(), "headgate-disk-"));
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size},mode=1777`, "tmpfs", disk]);
      try {
        expectSaid(await check(repository.root, [], { TMPDIR: disk }), 3, message);
        expect(readdirSync(disk).filter((name) => name.startsWith("headgate-"))).toEqual([]);
      } finally {
        execFileSync("umount", [disk]);
        rmSync(disk, { recursive: true });
      }
    });
  });
});

describe("several projects", () => {
  it("one that cannot be used does not keep the others from being judged", async () => {
    using repository = testRepository({
      ...boats,
      "broken/migrations/1_x.up.sql": "SELECT 1;\n",
      "broken/migrations/1_x.down.sql": "SELECT 1;\n",
    });
    symlinkSync("nowhere", join(repository.root, "broken/migrations/2_x.up.sql"));
    const { exitCode, stdout } = await check(repository.root, ["--format", "json"]);
    const verdict = verdictSchema.parse(JSON.parse(stdout));
    expect([exitCode, verdict.verdict]).toEqual([3, "errored"]);
    const [broken, sql] = verdict.projects;
    const unusable = broken?.checks.filter(({ status }) => status === "errored");
    expect(unusable?.map(({ id }) => id)).toContain("upgrade");
    for (const one of unusable ?? [])
      expect(one).toMatchObject({ reason: "broken/migrations/2_x.up.sql cannot be read: it does not exist." });
    expect(sql?.checks.find(({ id }) => id === "upgrade")?.status).toBe("passed");
  });

  it("in directories of one name are told apart", async () => {
    const pair = (directory: string): Tree => ({
      [`db/${directory}/V1__a.sql`]: "CREATE TABLE a (id int PRIMARY KEY);",
    });
    using repository = testRepository({ ...pair("one"), ...pair("two"), "db/flyway.conf": "" });
    const { stdout } = await check(repository.root, ["--format", "json"]);
    const names = verdictSchema.parse(JSON.parse(stdout)).projects.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(["db/one", "db/two"]);
  });
});

describe.skipIf(!available("python"))("Alembic", () => {
  let python: string;
  beforeAll(async () => {
    python = await pythonWith(currentAlembic);
  }, 600_000);

  const history = (more: Tree = {}, upgrade = execute("CREATE TABLE boats (id int PRIMARY KEY)")): Tree => ({
    ...alembicHistory(python, [{ id: "a1", upgrade, downgrade: execute("DROP TABLE boats") }]),
    ...more,
  });
  const environment = "from alembic import context\n";

  it.each([
    [
      "a syntax error in env.py",
      () => history({ "migrations/env.py": `${environment}if True\n` }),
      2,
      /^headgate: migrations\/env\.py:2: SyntaxError: expected ':'/,
    ],
    [
      "an error in env.py",
      () => history({ "migrations/env.py": `${environment}open_sluice()\n` }),
      2,
      /^headgate: migrations\/env\.py:2: NameError: name 'open_sluice'/,
    ],
    [
      "an alembic.ini that is none",
      () => history({ "alembic.ini": "no section\n" }),
      2,
      /^headgate: alembic\.ini:1: The Alembic configuration cannot be loaded: File contains no section headers\./,
    ],
    [
      "a package that env.py needs",
      () => history({ "migrations/env.py": `${environment}import sluice_gates\n` }),
      3,
      /migrations\/env\.py:2: The module sluice_gates is not installed for .*: install the project's requirements/,
    ],
    [
      "a package that a migration needs",
      () => history({ "migrations/versions/b2.py": "import sluice_gates\nrevision = 'b2'\ndown_revision = 'a1'\n" }),
      3,
      /migrations\/versions\/b2\.py:1: The module sluice_gates is not installed/,
    ],
    [
      "a package that a migration needs, beside one with a syntax error",
      () =>
        history({
          "migrations/versions/b2.py": "import sluice_gates\nrevision = 'b2'\ndown_revision = 'a1'\n",
          "migrations/versions/c3.py": "revision = 'c3'\ndown_revision = = 'b2'\n",
        }),
      1,
      /sluice_gates, which .* does not have\. Install the project's requirements into it,.* SyntaxError/,
    ],
    [
      "a module of the project in a folder of its own",
      () => history({ "src/sluices/__init__.py": "", "migrations/env.py": `${environment}import sluices\n` }),
      2,
      /env\.py:2: Python does not look for the module sluices where it is, in src: set PYTHONPATH/,
    ],
    [
      "a variable that a migration needs",
      () =>
        history({
          "migrations/versions/b2.py":
            "import os\nlevel = os.environ['SLUICE_LEVEL']\nrevision = 'b2'\ndown_revision = 'a1'\n",
        }),
      2,
      /^headgate: migrations\/versions\/b2\.py:2: The project needs SLUICE_LEVEL, which is not set\. Set it under `environment:`/,
    ],
    [
      "an env.py that wants an argument of the command line",
      () =>
        history({
          "migrations/env.py": `from alembic import context\ntenant = context.get_x_argument(as_dictionary=True)["tenant"]\n`,
        }),
      2,
      /^headgate: migrations\/env\.py:2: KeyError: 'tenant'\. It asks for what `alembic -x` is given, .* fall back to a variable/,
    ],
    [
      "an env.py that lacks something else",
      () => history({ "migrations/env.py": `${environment}{}["tenant"]\n` }),
      2,
      /^headgate: migrations\/env\.py:2: KeyError: 'tenant' $/,
    ],
    [
      "an env.py that needs a schema",
      () => {
        const tree = history();
        const sends = `connection.exec_driver_sql("CREATE TABLE quay.boats ()")`;
        const env = String(tree["migrations/env.py"]).replace(/^( *)(?=context\.configure)/m, `$1${sends}\n$1`);
        return { ...tree, "migrations/env.py": env };
      },
      2,
      /PostgreSQL refuses what env\.py does: .* \(SQLSTATE 3F000\)\. Make the schema first, with an SQL file under `prelude:`/,
    ],
    [
      "an env.py that has a library look for a variable",
      () =>
        history({
          "migrations/env.py": `${environment}import os, string
found = string.Template("$SLUICE_LEVEL").safe_substitute(os.environ)
raise RuntimeError("no " + found[1:])
`,
        }),
      2,
      /^headgate: migrations\/env\.py:4: RuntimeError: no SLUICE_LEVEL\. The project asks for SLUICE_LEVEL, not set here:/,
    ],
    [
      "an env.py that stumbles over a variable that is not set",
      () => history({ "migrations/env.py": `${environment}import os\nos.getenv("SLUICE_LEVEL").lower()\n` }),
      2,
      /^headgate: migrations\/env\.py:3: AttributeError: .*'lower'\. The project asks for SLUICE_LEVEL, not set here: set what it needs under `environment:`/,
    ],
    [
      "several migrations that fail in what they import",
      () => {
        const importing = (id: string, parent: string) =>
          `from migrations import levels\nrevision = '${id}'\ndown_revision = '${parent}'\n`;
        return history({
          "migrations/levels.py": "raise LookupError('no levels.ini')\n",
          "migrations/versions/b2.py": importing("b2", "a1"),
          "migrations/versions/c3.py": importing("c3", "b2"),
        });
      },
      2,
      /^headgate: migrations\/levels\.py:1: LookupError: no levels\.ini $/,
    ],
    [
      "a syntax error in a migration",
      () => history({ "migrations/versions/b2.py": "revision = 'b2'\ndown_revision = = 'a1'\n" }),
      1,
      /unreadable-migration migrations\/versions\/b2\.py:2 SyntaxError: /,
    ],
    [
      "a migration that is no UTF-8",
      () => history({ "migrations/versions/b2.py": Buffer.from("x = '\xe9'\n", "latin1") }),
      1,
      /migrations\/versions\/b2\.py.*utf-8/,
    ],
    [
      "a Python that is not there",
      () => history({ "headgate.yml": "projects: [{ directory: ., interpreter: /nowhere/python }]\n" }),
      3,
      /interpreter cannot be used\. Tried `\/nowhere\/python` \(not there\)/,
    ],
    [
      "a migration that does not end",
      () => history({}, "import time\ntime.sleep(600)"),
      1,
      /did not end within 3 s\. It was running no statement/,
    ],
    [
      "a statement that does not end",
      () => history({}, execute("SELECT pg_sleep(600)")),
      1,
      /did not end within 3 s\..*statement: SELECT pg_sleep\(600\)/,
    ],
    [
      "an env.py that exits with a message",
      () => history({ "migrations/env.py": `${environment}raise SystemExit("nope")\n` }),
      2,
      /^headgate: migrations\/env\.py:2: The project ends the process: nope\. $/,
    ],
    [
      "a migration that exits with a message",
      () => history({}, 'raise SystemExit("nope.")'),
      1,
      /The upgrade to `a1` fails: The migration ends the process: nope\. /,
    ],
    [
      "a migration that exits when it is read",
      () =>
        history({ "migrations/versions/b2.py": "raise SystemExit('nope')\nrevision = 'b2'\ndown_revision = 'a1'\n" }),
      1,
      /unreadable-migration migrations\/versions\/b2\.py:1 The file ends the process: nope\./,
    ],
    [
      "a migration that ends the process",
      () => history({}, "import os\nos._exit(7)"),
      1,
      /upgrade-fails.*ended \(exit code 7\) without a word/,
    ],
  ] as const)(
    "%s",
    async (_, tree, exitCode, message) => {
      using repository = testRepository(tree());
      expectSaid(await check(repository.root, ["--time-limit", "3s"]), exitCode, message);
    },
    60_000,
  );

  it("no Python at all", async () => {
    using repository = testRepository(history({ "headgate.yml": "projects: [{ directory: . }]\n" }));
    using bin = withoutPython();
    expectSaid(await check(repository.root, [], { PATH: bin.path, VIRTUAL_ENV: "" }), 3, /No Python/);
  });

  it("a package that is missing leaves the other projects' verdicts alone", async () => {
    using repository = testRepository({
      ...boats,
      ...history({ "migrations/env.py": "import sluice_gates\n" }),
      "headgate.yml": `projects:\n  - { directory: ., tool: alembic, interpreter: ${JSON.stringify(python)} }\n  - { directory: sql, tool: sql }\n`,
    });
    const { exitCode, stdout } = await check(repository.root, ["--format", "json"]);
    const { projects } = verdictSchema.parse(JSON.parse(stdout));
    expect(exitCode).toBe(3);
    expect(projects.map(({ checks }) => checks.find(({ id }) => id === "upgrade")?.status)).toEqual([
      "errored",
      "passed",
    ]);
  });

  it("what its files show is said of a project that does not load", async () => {
    const heads = ["b1", "b2"].map((id) => ({ id, down: "a1", upgrade: execute("SELECT 1") }));
    using repository = testRepository({
      ...alembicHistory(python, [
        {
          id: "a1",
          upgrade: execute("CREATE TABLE boats (id int PRIMARY KEY)"),
          downgrade: execute("DROP TABLE boats"),
        },
        ...heads,
      ]),
      "migrations/env.py": `${environment}open_sluice()\n`,
    });
    const { exitCode, stdout } = await check(repository.root, ["--format", "json"]);
    const { projects } = verdictSchema.parse(JSON.parse(stdout));
    expect(exitCode).toBe(1);
    expect(projects[0]?.findings.map(({ ruleId }) => ruleId)).toEqual(["multiple-heads"]);
    expect(projects[0]?.checks).toContainEqual(
      expect.objectContaining({ id: "upgrade", status: "errored", reason: expect.stringContaining("NameError") }),
    );
  });

  it("what PostgreSQL refused first is said also of a step that is not recorded", async () => {
    // Works the first time and not the second, and goes on after the error that tells why.
    const upgrade = [
      "from sqlalchemy import exc",
      execute("CREATE TABLE IF NOT EXISTS boats (id int)"),
      "try:",
      `    ${execute("CREATE ROLE headgate_test_lock_keeper")}`,
      "except exc.ProgrammingError:",
      "    pass",
      execute("SELECT 1"),
    ].join("\n");
    using repository = testRepository(history({}, upgrade));
    expectSaid(
      await check(repository.root),
      1,
      /The next upgrade then fails: role "headgate_test_lock_keeper" already exists; the migration catches this and goes on/,
    );
  });
});

describe("MikroORM", () => {
  const boatsClass = migrationClass(
    "Migration20260101000000",
    "create table boats (id int primary key)",
    "drop table boats",
  );
  const history = (more: Tree = {}): Tree => ({
    ...mikroOrmHistory({ Migration20260101000000: boatsClass }),
    ...more,
  });

  it.each([
    [
      "that is not installed",
      history(),
      false,
      3,
      /@mikro-orm\/core is not installed in the project\. Install the project's dependencies first/,
    ],
    [
      "with a configuration that throws",
      history({ "mikro-orm.config.js": "throw new Error('no sluice');\n" }),
      true,
      2,
      /^headgate: mikro-orm\.config\.js(:1)?: The MikroORM configuration could not be loaded: no sluice/,
    ],
    [
      "with a configuration that needs a package",
      history({ "mikro-orm.config.js": "import 'sluice-gates';\nexport default {};\n" }),
      true,
      3,
      /mikro-orm\.config\.js(:1)?: The package sluice-gates is not installed in the project/,
    ],
    [
      "with a migration that needs a package",
      history({
        "migrations/Migration20260202000000.js": `import "sluice-gates";\nimport { Migration } from "@mikro-orm/migrations";\n${boatsClass}`,
      }),
      true,
      3,
      /The package sluice-gates is not installed in the project/,
    ],
    [
      "with a syntax error in a migration",
      history({ "migrations/Migration20260202000000.js": "export class A {\n  up( {\n}\n" }),
      true,
      1,
      /unreadable-migration.* migrations\/Migration20260202000000\.js:\d /,
    ],
  ] as const)("%s", async (_, tree, installed, exitCode, message) => {
    using repository = testRepository(tree);
    if (installed) install(repository);
    expectSaid(await check(repository.root), exitCode, message);
  });

  it("of two versions", async () => {
    using repository = testRepository(history());
    install(repository);
    rmSync(join(repository.root, "node_modules/@mikro-orm/migrations"));
    link("@mikro-orm/migrations", "v6", repository.root);
    expectSaid(
      await check(repository.root),
      3,
      /@mikro-orm\/core is 7\.\d+\.\d+, and @mikro-orm\/migrations is 6\.\d+\.\d+\. Install the same version of all/,
    );
  });

  const install = ({ root }: TestRepository) => {
    linkMikroOrm("v7", root);
  };
});

/** A search path with everything that this process finds, but Python. */
function withoutPython(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "headgate-bin-"));
  for (const directory of (process.env["PATH"] ?? "").split(":").filter((entry) => existsSync(entry)))
    for (const name of readdirSync(directory))
      if (!name.startsWith("py") && !lstatSync(join(path, name), { throwIfNoEntry: false }))
        symlinkSync(join(directory, name), join(path, name));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}
