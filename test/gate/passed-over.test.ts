import { describe, expect, it } from "vitest";
import { runGate } from "../../src/gate.ts";
import { alembicHistory, execute } from "../support/alembic-history.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { testRepository } from "../support/repository.ts";
import { available } from "../support/requirements.ts";

type Tree = Readonly<Record<string, string>>;

/** What is said of a branch that adds these files to main, but for notes. */
async function said(main: Tree, added: Tree): Promise<readonly string[]> {
  using repository = testRepository(main);
  repository.branch(added);
  const options = { directory: repository.root, engine: "embedded", base: "main", environment: process.env } as const;
  const { projects } = await runGate(options);
  return projects.flatMap(({ findings }) =>
    findings
      .filter(({ severity }) => severity !== "info")
      .map(({ severity, ruleId, message }) => `${severity} ${ruleId}: ${message}`),
  );
}

const pair = (path: string, table: string): Tree => ({
  [`${path}.up.sql`]: `CREATE TABLE ${table} (id int PRIMARY KEY);`,
  [`${path}.down.sql`]: `DROP TABLE ${table};`,
});
const boats = pair("migrations/1_boats", "boats");

describe("what a change brings and the gate does not run is told", () => {
  it("a migration in a folder that the tool does not look into, once a folder; not one of another database", async () => {
    expect(
      await said(boats, {
        ...pair("migrations/v2/2_locks", "locks"),
        ...pair("migrations/v2/3_keepers", "keepers"),
        ...pair("migrations/mysql/2_locks", "locks"),
        "migrations/seeds/boats.sql": "INSERT INTO boats VALUES (1);",
      }),
    ).toEqual([
      "warning ignored-migration: 4 files in migrations/v2, which look like migrations, are never run: golang-migrate does not look into that folder.",
    ]);
  });

  it("a migration that is a program, until its file says why that may be; those of before in one note", async () => {
    const program = (comment = "") => `${comment}package migrations\n`;
    const sql = (table: string) =>
      `-- +goose Up\nCREATE TABLE ${table} (id int);\n-- +goose Down\nDROP TABLE ${table};\n`;
    using repository = testRepository({
      "migrations/00001_boats.sql": sql("boats"),
      "migrations/00002_fill.go": program(),
      "migrations/00003_fill.go": program(),
    });
    const gated = async () => {
      const options = {
        directory: repository.root,
        engine: "embedded",
        base: "main",
        environment: process.env,
      } as const;
      const { verdict, projects } = await runGate(options);
      const findings = projects[0]?.findings.filter(({ ruleId }) => ruleId === "migration-not-run");
      return [verdict, ...(findings ?? []).map(({ severity, message }) => `${severity}: ${message}`)];
    };
    const old = (files: string) => `info: ${files}`;
    repository.branch({ "migrations/00004_locks.sql": sql("locks"), "migrations/00005_fill.go": program() });
    expect(await gated()).toEqual([
      "failed",
      "error: migrations/00005_fill.go is not run here: it is a Go migration, which only a program built with it can run.",
      old("2 files of the base branch are not run here: migrations/00002_fill.go and migrations/00003_fill.go."),
    ]);
    repository.commit({
      "migrations/00005_fill.go": program("// headgate: allow migration-not-run: tried on a copy\n"),
      "migrations/00003_fill.go": program("// headgate: allow migration-not-run:\n"),
    });
    expect(await gated()).toEqual([
      "failed",
      expect.stringMatching(/^error: migrations\/00003_fill.go is not run here/),
      expect.stringMatching(/^info: migrations\/00005_fill.go is not run .* The file allows that: tried on a copy$/),
      old("A file of the base branch is not run here: migrations/00002_fill.go."),
    ]);
    repository.commit({ "migrations/00003_fill.go": program() });
    expect((await gated())[0]).toBe("passed");
  });

  it("a new revision that `start:` says is there already", async () => {
    const start = (revision: string): Tree => ({
      "headgate.yml": `projects: [{ directory: ., start: { dump: dump.sql, revision: "${revision}" } }]\n`,
      "dump.sql": "CREATE TABLE boats (id int PRIMARY KEY); CREATE TABLE locks (id int PRIMARY KEY);",
    });
    const locks = {
      "migrations/2_locks.up.sql": "CREATE TABLE locks (id int PRIMARY KEY);",
      "migrations/2_locks.down.sql": "SELECT 1;",
    };
    expect(await said(boats, { ...locks, ...start("2") })).toEqual([
      expect.stringMatching(/^error start-covers-new: This change brings `2`, and the schema/),
    ]);
    // Nobody compares a project that comes as a whole.
    expect(await said({ "readme.txt": "" }, { ...boats, ...locks, ...start("2") })).toEqual([]);
  });

  it.skipIf(!available("python"))(
    "a revision where Alembic does not look",
    async () => {
      const python = await pythonWith(currentAlembic);
      const revision = (id: string, down?: string) => ({
        id,
        ...(down === undefined ? {} : { down }),
        upgrade: execute(`CREATE TABLE ${id} (id int PRIMARY KEY)`),
        downgrade: execute(`DROP TABLE ${id}`),
      });
      const main = alembicHistory(python, [revision("a1")]);
      const b2 = alembicHistory(python, [revision("b2", "a1")])["migrations/versions/b2.py"] ?? "";
      expect(
        await said(main, {
          "migrations/versions/2026/b2.py": b2,
          "migrations/later/c3.py": b2.replace("b2", "c3"),
          "migrations/later/d4.py": b2.replace("b2", "d4"),
          "migrations/versions/helpers/names.py": "revision = 'no migration'\n",
        }),
      ).toEqual([
        expect.stringMatching(/^warning ignored-migration: 2 revisions in migrations\/later are never run: Alembic/),
        expect.stringMatching(/^warning ignored-migration: migrations\/versions\/2026\/b2\.py is never run: Alembic/),
      ]);
      const ini = main["alembic.ini"] ?? "";
      const sections = `${ini}\n[upper]\nscript_location = migrations\nversion_locations = migrations/versions migrations/upper\nversion_path_separator = space\n`;
      const both = ["alembic", "upper"].map((section) => ({
        directory: ".",
        section,
        interpreter: python,
        name: section,
      }));
      const configuration = { "alembic.ini": sections, "headgate.yml": JSON.stringify({ projects: both }) };
      // It is run in another section.
      expect(await said({ ...main, ...configuration }, { "migrations/upper/b2.py": b2 })).toEqual([]);
    },
    600_000,
  );
});
