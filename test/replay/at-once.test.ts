import { beforeAll, describe, expect, it } from "vitest";
import { runGate } from "../../src/gate.ts";
import { alembicHistory, execute, type AlembicRevision } from "../support/alembic-history.ts";
import { migrationClass, mikroOrmHistory } from "../support/mikro-orm-history.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { testRepository } from "../support/repository.ts";
import { available } from "../support/requirements.ts";
import { linkMikroOrm, versions, type Version } from "../tools/mikro-orm/project.ts";

type Tree = Readonly<Record<string, string>>;

/** Gates a branch that turns the first tree into the second. @param prepare installs what git ignores */
async function gate(
  before: Tree,
  after: Tree,
  prepare: (root: string) => void = () => {},
  onProgress: (step: string) => void = () => {},
) {
  using repository = testRepository(before);
  repository.branch(after);
  prepare(repository.root);
  const verdict = await runGate({
    directory: repository.root,
    engine: "embedded",
    base: "main",
    environment: process.env,
    onProgress,
  });
  const [project] = verdict.projects;
  return {
    statuses: Object.fromEntries((project?.checks ?? []).map(({ id, status }) => [id, status])),
    // What the rules say of single statements is tested elsewhere.
    findings: (project?.findings ?? []).filter(
      ({ severity, statement }) => severity === "error" && statement === undefined,
    ),
    plan: project?.plan,
    all: project?.findings ?? [],
    off: project?.coverage?.off,
  };
}

/** A value of an enum cannot be used in the transaction that adds it. */
const boats = ["CREATE TYPE kind AS ENUM ('barge')", "CREATE TABLE boats (kind kind)"] as const;
const addValue = "ALTER TYPE kind ADD VALUE IF NOT EXISTS 'dinghy'";
const useValue = "INSERT INTO boats VALUES ('dinghy')";
// What adds a value has no way back in PostgreSQL; the type is made anew.
const withoutValue = [
  "ALTER TYPE kind RENAME TO old_kind",
  "CREATE TYPE kind AS ENUM ('barge')",
  "ALTER TABLE boats ALTER COLUMN kind TYPE kind USING kind::text::kind",
  "DROP TYPE old_kind",
] as const;
const withoutBoats = "DELETE FROM boats WHERE kind = 'dinghy'";

const first: AlembicRevision = {
  id: "a1",
  upgrade: execute(...boats),
  downgrade: execute("DROP TABLE boats", "DROP TYPE kind"),
};
const second: readonly AlembicRevision[] = [
  { id: "b2", down: "a1", upgrade: execute(addValue), downgrade: execute(...withoutValue) },
  { id: "c3", down: "b2", upgrade: execute(useValue), downgrade: execute(withoutBoats) },
];

describe.skipIf(!available("python"))("several new Alembic revisions", () => {
  let python: string;
  beforeAll(async () => {
    python = await pythonWith(currentAlembic);
  }, 600_000);

  function gateAlembic(revisions: readonly AlembicRevision[], changed: (env: string) => string = (env) => env) {
    const tree = (all: readonly AlembicRevision[]): Tree => {
      const files = alembicHistory(python, all);
      return { ...files, "migrations/env.py": changed(files["migrations/env.py"] ?? "") };
    };
    return gate(tree([first]), tree([first, ...revisions]));
  }

  it("are refused when one transaction cannot hold them all, which is what `alembic upgrade` makes", async () => {
    const { statuses, findings } = await gateAlembic(second);
    expect(findings).toMatchObject([
      {
        ruleId: "upgrade-at-once-fails",
        revision: "c3",
        file: "migrations/versions/c3.py",
        message: expect.stringMatching(
          /^`c3` works by itself, and fails when all 2 new revisions.*`alembic upgrade`.*SQLSTATE 55P04/s,
        ),
        help: expect.stringContaining("transaction_per_migration=True"),
      },
    ]);
    expect(statuses).toMatchObject({ upgrade: "failed", downgrade: "passed", reupgrade: "passed" });
  });

  it("pass where env.py gives each a transaction of its own", async () => {
    const { statuses, findings } = await gateAlembic(second, (env) =>
      env.replace("connection=connection", "connection=connection, transaction_per_migration=True"),
    );
    expect(findings).toEqual([]);
    expect(statuses).toMatchObject({ upgrade: "passed", downgrade: "passed", reupgrade: "passed" });
  });

  it("pass where one transaction holds them", async () => {
    const column = (name: string, id: string, down: string): AlembicRevision => ({
      id,
      down,
      upgrade: execute(`ALTER TABLE boats ADD COLUMN ${name} int`),
      downgrade: execute(`ALTER TABLE boats DROP COLUMN ${name}`),
    });
    const { statuses } = await gateAlembic([
      column("length", "b2", "a1"),
      column("width", "c3", "b2"),
      column("draught", "d4", "c3"),
    ]);
    expect(statuses).toMatchObject({ upgrade: "passed", downgrade: "passed", reupgrade: "passed" });
  });

  it("say so where one waits for the transaction of all, and what else was found is not lost", async () => {
    const url = 'op.get_context().config.get_main_option("sqlalchemy.url")';
    const { statuses, findings, plan } = await gateAlembic([
      {
        id: "b2",
        down: "a1",
        upgrade: execute("ALTER TABLE boats ADD COLUMN length int"),
        downgrade: execute("ALTER TABLE boats DROP COLUMN length"),
      },
      {
        id: "c3",
        down: "b2",
        atImport: "import sqlalchemy as sa",
        upgrade: `with sa.create_engine(${url}).begin() as own:\n    own.execute(sa.text("ALTER TABLE boats ADD COLUMN width int"))`,
        downgrade: execute("ALTER TABLE boats DROP COLUMN width"),
      },
    ]);
    expect(findings).toMatchObject([
      {
        ruleId: "upgrade-at-once-fails",
        revision: "c3",
        message: expect.stringContaining("waits for a lock of a transaction that the run itself holds open"),
      },
    ]);
    expect(statuses).toMatchObject({ upgrade: "failed", downgrade: "passed", reupgrade: "passed" });
    expect(plan?.digest).toMatch(/^sha256:/);
  });

  it("weigh what the configuration says, where they are applied one by one", async () => {
    const steps: string[] = [];
    const weigh = async (weight: string) => {
      steps.length = 0;
      const tree = (all: readonly AlembicRevision[]): Tree => {
        const files = alembicHistory(python, all);
        return { ...files, "headgate.yml": `${files["headgate.yml"]}\nrules: { upgrade-at-once-fails: ${weight} }\n` };
      };
      const { statuses, all, off } = await gate(tree([first]), tree([first, ...second]), undefined, (step) =>
        steps.push(step),
      );
      expect(statuses).toMatchObject({ upgrade: "passed" });
      return [all.find(({ ruleId }) => ruleId === "upgrade-at-once-fails")?.severity, off];
    };
    expect(await weigh("warning")).toEqual(["warning", []]);
    expect(steps).toContain("all 2 at once");
    expect(await weigh("off")).toEqual([undefined, ["upgrade-at-once-fails", "upgrade-at-once-differs"]]);
    // Nobody wants to know it, so nobody waits for it.
    expect(steps).not.toContain("all 2 at once");
  });

  it("are not said to be switched off where there is none", async () => {
    const only = alembicHistory(python, [first]);
    expect((await gate(only, { "readme.txt": "boats" })).off).toEqual([]);
  });

  it("meet the rows of `samples:` that have a place before the first of them", async () => {
    const settings = "samples: { b2: db/boats.sql, c3: db/locks.sql }";
    const tree = (all: readonly AlembicRevision[]): Tree => ({
      ...alembicHistory(python, all, settings),
      "db/boats.sql": "INSERT INTO boats VALUES (1);",
      "db/locks.sql": "INSERT INTO locks VALUES (1);",
    });
    const boats = "CREATE TABLE boats (id int PRIMARY KEY, mother int REFERENCES boats DEFERRABLE INITIALLY DEFERRED)";
    const base = { id: "a1", upgrade: execute(boats), downgrade: execute("DROP TABLE boats") };
    const { findings } = await gate(
      tree([base]),
      tree([
        base,
        {
          id: "b2",
          down: "a1",
          // Each row waits for its check at the end of the transaction, in which the table cannot be altered.
          upgrade: execute("CREATE TABLE locks (id int)", "UPDATE boats SET mother = id"),
          downgrade: execute("DROP TABLE locks"),
        },
        {
          id: "c3",
          down: "b2",
          upgrade: execute("ALTER TABLE boats ADD COLUMN length int"),
          downgrade: execute("ALTER TABLE boats DROP COLUMN length"),
        },
      ]),
    );
    expect(findings).toMatchObject([{ ruleId: "upgrade-at-once-fails", revision: "c3" }]);
  });

  it("are tried at once also behind one that has no way back", async () => {
    const reason = "# headgate: one-way: the value is there for good\n";
    const { findings } = await gateAlembic(
      second.map((revision) => ({ ...revision, atImport: reason, downgrade: "raise NotImplementedError" })),
    );
    expect(findings).toMatchObject([{ ruleId: "upgrade-at-once-fails", revision: "c3" }]);
  });
});

describe.each(versions)("several new migrations of MikroORM %s", (version: Version) => {
  const one = migrationClass("Migration1", boats.join(";\n"), "DROP TABLE boats; DROP TYPE kind");
  const two = migrationClass("Migration2", addValue, withoutValue.join(";\n"));
  const three = migrationClass("Migration3", useValue, withoutBoats);
  const gateMikroOrm = (options: string, second = two, third = three) => {
    const tree = (files: Tree): Tree => {
      const history = mikroOrmHistory(files);
      return {
        ...history,
        "mikro-orm.config.js": history["mikro-orm.config.js"]?.replace("disableForeignKeys: true", options) ?? "",
      };
    };
    return gate(tree({ Migration1: one }), tree({ Migration1: one, Migration2: second, Migration3: third }), (root) => {
      linkMikroOrm(version, root);
    });
  };

  it("are refused when one transaction cannot hold them all, which is the default", async () => {
    const { statuses, findings } = await gateMikroOrm("disableForeignKeys: false");
    expect(findings).toMatchObject([
      {
        ruleId: "upgrade-at-once-fails",
        revision: "Migration3",
        file: "migrations/Migration3.js",
        message: expect.stringMatching(/unsafe use of new value.*SQLSTATE 55P04/s),
        help: expect.stringContaining("allOrNothing"),
      },
    ]);
    expect(statuses).toMatchObject({ upgrade: "failed", downgrade: "passed", reupgrade: "passed" });
  });

  it("that leave temporary tables behind are told apart from ways back that do not lead back", async () => {
    const temporary = (name: string) => migrationClass(name, "CREATE TEMP TABLE moved AS SELECT 1 AS id", "SELECT 1");
    const { findings } = await gateMikroOrm("allOrNothing: true", temporary("Migration2"), temporary("Migration3"));
    expect(findings).toMatchObject([{ ruleId: "upgrade-at-once-fails", revision: "Migration3" }]);
  });

  it("pass where each has a transaction of its own", async () => {
    const { findings } = await gateMikroOrm("allOrNothing: false");
    expect(findings).toEqual([]);
  });
});

describe("several new SQL files", () => {
  const journal = (...tags: readonly string[]) =>
    JSON.stringify({
      dialect: "postgresql",
      entries: tags.map((tag, index) => ({ tag, when: 1_700_000_000_000 + index })),
    });

  it("of Drizzle are refused when one transaction cannot hold them all", async () => {
    const before = { "drizzle/0000_boats.sql": boats.join(";"), "drizzle/meta/_journal.json": journal("0000_boats") };
    const { statuses, findings } = await gate(before, {
      ...before,
      "drizzle/0001_kind.sql": addValue,
      "drizzle/0002_dinghy.sql": useValue,
      "drizzle/meta/_journal.json": journal("0000_boats", "0001_kind", "0002_dinghy"),
    });
    expect(findings).toMatchObject([
      {
        ruleId: "upgrade-at-once-fails",
        revision: "0002_dinghy",
        message: expect.stringContaining("as Drizzle does it"),
      },
    ]);
    expect(statuses).toMatchObject({ upgrade: "failed" });
  });

  const flyway = (configuration: string, third = useValue) => {
    const before = {
      "flyway.conf": `flyway.locations=filesystem:sql\n${configuration}`,
      "sql/V1__boats.sql": `${boats.join(";")};`,
    };
    return gate(before, { ...before, "sql/V2__kind.sql": `${addValue};`, "sql/V3__dinghy.sql": `${third};` });
  };

  it("of Flyway are refused where it groups them, and pass where it does not", async () => {
    expect((await flyway("flyway.group=true\n")).findings).toMatchObject([
      { ruleId: "upgrade-at-once-fails", revision: "3" },
    ]);
    expect((await flyway("flyway.group=true\n", "CREATE INDEX CONCURRENTLY ON boats (kind)")).findings).toMatchObject([
      { ruleId: "upgrade-at-once-fails", revision: "3", message: expect.stringContaining("`mixed`") },
    ]);
    expect((await flyway("")).findings).toEqual([]);
  });

  it("of a tool with one connection meet what those before them set", async () => {
    const before = {
      "migrations/1_boats.up.sql": "CREATE TABLE boats (id int)",
      "migrations/1_boats.down.sql": "DROP TABLE boats",
    };
    const { findings } = await gate(before, {
      ...before,
      "migrations/2_locks.up.sql": "SELECT set_config('search_path', '', false); CREATE TABLE public.locks (id int)",
      "migrations/2_locks.down.sql": "DROP TABLE public.locks",
      "migrations/3_keepers.up.sql": "CREATE TABLE keepers (id int)",
      "migrations/3_keepers.down.sql": "DROP TABLE keepers",
    });
    expect(findings).toMatchObject([
      {
        ruleId: "upgrade-at-once-fails",
        revision: "3",
        message: expect.stringMatching(/on one connection, as golang-migrate does it.*no schema has been selected/s),
      },
    ]);
  });
});
