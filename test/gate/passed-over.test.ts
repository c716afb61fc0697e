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
    },
    600_000,
  );
});
