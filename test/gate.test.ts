import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runGate, type GateOptions } from "../src/gate.ts";
import { verdictSchema } from "../src/report/verdict-schema.ts";
import type { ProjectVerdict, Verdict } from "../src/verdict.ts";
import { testRepository } from "./support/repository.ts";

/** `name: [up, down]` as golang-migrate lays it out; without `down`, the file for the way back is missing. */
type Pairs = Readonly<Record<string, readonly [up: string, down?: string]>>;

const pairs = (migrations: Pairs, directory = "migrations"): Record<string, string> =>
  Object.fromEntries(
    Object.entries(migrations).flatMap(([name, [up, down]]) => [
      [`${directory}/${name}.up.sql`, up],
      ...(down === undefined ? [] : [[`${directory}/${name}.down.sql`, down]]),
    ]),
  );

async function gate(
  tree: Record<string, string>,
  options: Partial<GateOptions> = {},
): Promise<Verdict & { readonly only: ProjectVerdict }> {
  using repository = testRepository(tree);
  const verdict = await runGate({
    directory: repository.root,
    engine: "embedded",
    environment: process.env,
    ...options,
  });
  verdictSchema.parse(JSON.parse(JSON.stringify(verdict)));
  return { ...verdict, only: verdict.projects[0] as ProjectVerdict };
}

const statuses = ({ checks }: ProjectVerdict) => Object.fromEntries(checks.map(({ id, status }) => [id, status]));
/** What was found of the history and on the way up and down; what the rules say of single statements is tested elsewhere. */
const found = ({ findings }: ProjectVerdict) =>
  findings
    .filter(({ statement }) => statement === undefined)
    .map(({ ruleId, revision, direction }) => [ruleId, revision, direction]);

const boats = ["CREATE TABLE boats (id int PRIMARY KEY);", "DROP TABLE boats;"] as const;

describe("a sound history", () => {
  it("holds of its SQL files what their tool sends, and not what the steps' connection is made as good as new with", async () => {
    const { only } = await gate(pairs({ "1_boats": boats, "2_names": ["ALTER TABLE boats ADD b int;", "SELECT 1;"] }));
    const sent = only.revisions.flatMap(({ up, down }) => [...(up ?? []), ...(down ?? [])].map(({ sql }) => sql));
    expect(sent).toContain("ALTER TABLE boats ADD b int;");
    expect(sent.filter((sql) => /discard/i.test(sql))).toEqual([]);
  });

  it("passes every check", async () => {
    const { verdict, only } = await gate(
      pairs({
        "1_boats": boats,
        "2_names": ["ALTER TABLE boats ADD COLUMN name text;", "ALTER TABLE boats DROP COLUMN name;"],
        "10_locks": [
          "CREATE TYPE lock_state AS ENUM ('open', 'shut'); CREATE TABLE locks (state lock_state);",
          "DROP TABLE locks; DROP TYPE lock_state;",
        ],
      }),
    );
    expect(found(only)).toEqual([]);
    expect(statuses(only)).toEqual({
      lineage: "passed",
      // There is nothing to compare with.
      history: "skipped",
      upgrade: "passed",
      downgrade: "passed",
      reupgrade: "passed",
      safety: "passed",
    });
    expect(verdict).toBe("passed");
    expect(only.lineage).toMatchObject({ revisions: 3, heads: ["10"], bases: ["1"], new: ["1", "2", "10"] });
    expect(only.server).toMatchObject({ engine: "embedded", version: expect.stringMatching(/^18\./) });
  });

  it("leaves nothing in the checkout", async () => {
    using repository = testRepository(pairs({ "1_boats": boats }));
    repository.commit("boats");
    await runGate({ directory: repository.root, engine: "embedded", environment: process.env });
    expect(repository.git("status", "--porcelain", "--ignored")).toBe("");
    expect(readdirSync(repository.root).toSorted()).toEqual([".git", "migrations"]);
  });
});

describe("the way back", () => {
  it("names what survives, and the statement that removes it", async () => {
    const { verdict, only } = await gate(
      pairs({
        "1_boats": boats,
        "2_locks": [
          "CREATE TYPE lock_state AS ENUM ('open', 'shut'); CREATE TABLE locks (state lock_state);",
          "DROP TABLE locks;",
        ],
        "3_names": ["ALTER TABLE boats ADD COLUMN name text;", "ALTER TABLE boats DROP COLUMN name;"],
      }),
    );
    expect(verdict).toBe("failed");
    expect(found(only)).toEqual([["downgrade-incomplete", "2", "down"]]);
    const [finding] = only.findings;
    expect(finding?.message).toContain("type `lock_state` survives the downgrade of `2`");
    expect(finding?.message).toContain('ype "lock_state" already exists (SQLSTATE 42710)');
    expect(finding?.help).toContain("DROP TYPE");
    expect(finding?.file).toBe("migrations/2_locks.down.sql");
    expect(statuses(only)).toMatchObject({ upgrade: "passed", downgrade: "failed", reupgrade: "failed" });
  });

  it("goes on behind a bad revision, and finds the next one", async () => {
    const { only } = await gate(
      pairs({
        "1_boats": boats,
        "2_index": ["CREATE INDEX ix_boats ON boats (id);", "SELECT 1;"],
        "3_names": ["ALTER TABLE boats ADD COLUMN name text;", "DROP INDEX ix_boats;"],
        "4_docks": ["CREATE TABLE docks ();"],
        "5_tolls": ["CREATE TABLE tolls ();", "DROP TABLE toll;"],
        "6_gates": ["CREATE TABLE gates ();", "DROP TABLE gates;"],
      }),
    );
    expect(found(only)).toEqual([
      ["downgrade-does-nothing", "2", "down"],
      ["downgrade-incomplete", "3", "down"],
      ["downgrade-missing", "4", "down"],
      ["downgrade-fails", "5", "down"],
    ]);
    expect(only.findings[1]?.message).toContain("ix_boats");
    expect(only.findings[3]?.message).toContain("SQLSTATE 42P01");
    expect(only.findings[3]?.line).toBe(1);
  });

  it("finds a role that survives", async () => {
    const { only } = await gate(pairs({ "1_role": ["CREATE ROLE headgate_test_lockkeeper;", "SELECT 1;"] }));
    expect(found(only)).toEqual([["downgrade-does-nothing", "1", "down"]]);
    expect(only.findings[0]?.message).toContain("role `headgate_test_lockkeeper` survives the downgrade of `1`");
  });

  it("accepts a declared one-way revision, and starts the way back behind it", async () => {
    const { verdict, only } = await gate(
      pairs({
        "1_boats": boats,
        "2_merge": ["-- headgate: one-way: the old rows are gone\nCREATE TABLE merged ();"],
        "3_names": ["ALTER TABLE boats ADD COLUMN name text;", "ALTER TABLE boats DROP COLUMN name;"],
      }),
    );
    expect(verdict).toBe("passed");
    expect(found(only)).toEqual([["one-way-revision", "2", "down"]]);
    expect(only.findings[0]?.message).toContain("the old rows are gone");
    expect(statuses(only)).toMatchObject({ downgrade: "passed", reupgrade: "passed" });
  });

  it("refuses a one-way declaration without a reason", async () => {
    const { only } = await gate(pairs({ "1_boats": [`-- headgate: one-way\n${boats[0]}`, boats[1]] }));
    expect(found(only)).toEqual([["one-way-without-reason", "1", "down"]]);
  });

  it("is skipped, with the reason, where the tool has none", async () => {
    const { verdict, only } = await gate({
      "sql/V1__boats.sql": boats[0],
      "sql/V2__docks.sql": "CREATE TABLE docks ();",
    });
    expect(verdict).toBe("passed");
    expect(statuses(only)).toMatchObject({ upgrade: "passed", downgrade: "skipped", reupgrade: "skipped" });
    expect(only.checks[3]).toMatchObject({ reason: expect.stringContaining("forward only") });
  });
});

describe("the upgrade", () => {
  it("that fails is found with its place", async () => {
    const { verdict, only } = await gate(
      pairs({ "1_boats": boats, "2_typo": ["SELECT 1;\nALTER TABLE boat ADD COLUMN name text;", "SELECT 1;"] }),
    );
    expect(verdict).toBe("failed");
    expect(found(only)).toEqual([["upgrade-fails", "2", "up"]]);
    expect(only.findings[0]).toMatchObject({ file: "migrations/2_typo.up.sql", line: 2 });
    expect(statuses(only)).toMatchObject({ upgrade: "failed", downgrade: "skipped", reupgrade: "skipped" });
  });

  it("that PostgreSQL refuses in a transaction says how its tool runs it outside of one", async () => {
    const index = "ALTER TABLE boats ADD name text;\nCREATE INDEX CONCURRENTLY boats_name ON boats (name);";
    const { only } = await gate(pairs({ "1_boats": boats, "2_index": [index, "ALTER TABLE boats DROP name;"] }));
    expect(only.findings[0]).toMatchObject({
      ruleId: "upgrade-fails",
      help: expect.stringContaining("golang-migrate"),
    });
  });

  it("that works only once is found", async () => {
    const { only } = await gate(
      pairs({
        "1_boats": boats,
        "2_seed": [
          "DO $$ BEGIN IF EXISTS (SELECT FROM boats) THEN RAISE 'seeded twice'; END IF; INSERT INTO boats VALUES (1); END $$;",
          "SELECT 1;",
        ],
      }),
    );
    expect(found(only)).toEqual([["reupgrade-fails", "2", "up"]]);
  });

  it("that gives another schema the second time is found", async () => {
    const { only } = await gate(
      pairs({
        "1_runs": ["CREATE TABLE runs (id int);", "DROP TABLE runs;"],
        "2_sometimes": [
          "DO $$ BEGIN IF NOT EXISTS (SELECT FROM runs) THEN CREATE TABLE first_time (); END IF; INSERT INTO runs VALUES (1); END $$;",
          "DROP TABLE IF EXISTS first_time;",
        ],
      }),
    );
    expect(found(only)).toEqual([["reupgrade-differs", "2", "up"]]);
    expect(only.findings[0]?.message).toContain("table `first_time` is missing after the second upgrade");
  });

  it("that does not end is ended, and its statement named", async () => {
    const { verdict, only } = await gate(
      pairs({ "1_boats": boats, "2_wait": ["SELECT pg_sleep(600) /* the tide */;", "SELECT 1;"] }),
      { timeLimitMs: 2_000 },
    );
    expect(verdict).toBe("failed");
    expect(found(only)).toEqual([["migration-hangs", "2", "up"]]);
    expect(only.findings[0]?.message).toContain("pg_sleep(600) /* the tide */");
  });
});

describe("which revisions are examined", () => {
  it("only those that the merge base lacks; the others are just applied", async () => {
    using repository = testRepository(pairs({ "1_boats": [boats[0]], "2_docks": ["CREATE TABLE docks ();"] }));
    repository.branch(pairs({ "3_gates": ["CREATE TABLE gates ();", "DROP TABLE gates;"] }));
    const options = { directory: repository.root, engine: "embedded", environment: process.env } as const;
    const [newOnly] = (await runGate({ ...options, base: "main" })).projects;
    expect(newOnly?.lineage?.new).toEqual(["3"]);
    expect(newOnly && found(newOnly)).toEqual([]);
    const [all] = (await runGate({ ...options, base: "main", replay: "all" })).projects;
    expect(all && found(all).map(([, revision]) => revision)).toEqual(["1", "2"]);
  });

  it("says so when nothing is new", async () => {
    using repository = testRepository(pairs({ "1_boats": boats }));
    repository.commit("boats");
    const verdict = await runGate({
      directory: repository.root,
      engine: "embedded",
      environment: process.env,
      base: "main",
    });
    expect(verdict.projects[0]?.checks[3]).toMatchObject({
      status: "skipped",
      reason: expect.stringContaining("no revision is new"),
    });
  });
});

describe("what has to be there first", () => {
  it("comes from the prelude", async () => {
    const { verdict } = await gate({
      ...pairs({ "1_boats": ["CREATE TABLE platform.boats (id int);", "DROP TABLE platform.boats;"] }),
      "db/platform.sql": "CREATE SCHEMA platform;",
      "headgate.yml": "projects: [{ directory: ., tool: sql, migrations: migrations, prelude: [db/platform.sql] }]",
    });
    expect(verdict).toBe("passed");
  });

  it("comes from a dump, taken at a revision", async () => {
    const { verdict, only } = await gate({
      ...pairs({
        "1_boats": ["SELECT nothing_that_can_run();"],
        "2_names": ["ALTER TABLE boats ADD COLUMN name text;", "ALTER TABLE boats DROP COLUMN name;"],
      }),
      "db/start.sql":
        "\\restrict abc\nSELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.boats (id int);\n\\unrestrict abc\n",
      "headgate.yml":
        'projects: [{ directory: ., tool: sql, migrations: migrations, start: { dump: db/start.sql, revision: "1" } }]',
    });
    expect(found(only)).toEqual([]);
    expect(verdict).toBe("passed");
  });

  it("may be a dump that holds the tool's version table, and one that the examined range does not reach", async () => {
    const tree = {
      ...pairs({
        "1_boats": ["SELECT nothing_that_can_run();"],
        "2_docks": ["CREATE TABLE docks ();", "DROP TABLE docks;"],
      }),
      "db/start.sql":
        "CREATE TABLE public.boats (id int);\nCREATE TABLE public.schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL);",
      "headgate.yml":
        'projects: [{ directory: ., tool: sql, migrations: migrations, start: { dump: db/start.sql, revision: "1" } }]',
    };
    const { verdict, only } = await gate(tree);
    expect(verdict).toBe("passed");
    const sent = only.revisions[1]?.up?.filter(({ sql }) => sql.includes("schema_migrations")) ?? [];
    expect(sent.length).toBeGreaterThan(0);
    expect(new Set(sent.map(({ role }) => role))).toEqual(new Set(["bookkeeping"]));
    await expect(gate(tree, { range: "2:1" })).rejects.toThrow("The range 2:1 holds no revision");
  });

  it("is no pass where it leaves nothing to apply", async () => {
    const { only } = await gate({
      ...pairs({ "1_boats": ["SELECT nothing_that_can_run();"] }),
      "db/start.sql": "CREATE TABLE public.boats (id int);",
      "headgate.yml":
        'projects: [{ directory: ., tool: sql, migrations: migrations, start: { dump: db/start.sql, revision: "1" } }]',
    });
    expect(statuses(only)).toMatchObject({ upgrade: "skipped", downgrade: "skipped", reupgrade: "skipped" });
    expect(only.checks[2]).toMatchObject({ reason: expect.stringContaining("`start:`") });
  });

  it.each([
    [
      "CREATE SCHEMA platform;\nCREATE TABEL x ();",
      /^db\/platform\.sql:2 could not be run before the first migration: syntax error/,
    ],
    [
      "SELECT '☂🌂';\n\\connect canal\n",
      /^db\/platform\.sql:2 holds \\connect, a command of psql, .*without --create\.$/,
    ],
    [
      "\\set x 1\n",
      /^db\/platform\.sql:1 holds \\set, a command of psql, which the server does not know\. Take it out\.$/,
    ],
    ["PGDMP\u0001\u000f", /^db\/platform\.sql is in pg_dump's own format, .* --format=plain\.$/],
  ])("is named when it does not run: %j", async (sql, said) => {
    const tree = {
      ...pairs({ "1_boats": boats }),
      "db/platform.sql": sql,
      "headgate.yml": "projects: [{ directory: ., tool: sql, migrations: migrations, prelude: [db/platform.sql] }]",
    };
    await expect(gate(tree)).rejects.toThrow(said);
  });
});

describe("several projects", () => {
  it("are gated each with its own result, on one server, and leave no role behind for the next", async () => {
    const { verdict, projects } = await gate({
      ...pairs(
        { "1_keeper": ["CREATE ROLE headgate_test_keeper;", "DROP ROLE headgate_test_keeper;"] },
        "north/migrations",
      ),
      ...pairs({ "1_keeper": ["CREATE ROLE headgate_test_keeper;"] }, "south/migrations"),
      ...pairs(
        { "1_keeper": ["CREATE ROLE headgate_test_keeper;", "DROP ROLE headgate_test_keeper;"] },
        "west/migrations",
      ),
    });
    expect(verdict).toBe("failed");
    expect(projects.map(({ directory, findings }) => [directory, findings.map(({ ruleId }) => ruleId)])).toEqual([
      ["north", []],
      ["south", ["downgrade-missing"]],
      ["west", []],
    ]);
  });
});

describe("several heads that are meant", () => {
  const graph = {
    "canal/alembic.ini": "[alembic]\nscript_location = migrations\n",
    "canal/migrations/env.py": "",
    "canal/migrations/script.py.mako": "",
    "canal/migrations/versions/a1.py": 'revision = "a1"\ndown_revision = None\n',
    "canal/migrations/versions/b1.py": 'revision = "b1"\ndown_revision = None\n',
  };
  const heads = async (tree: Record<string, string>) =>
    found((await gate(tree, { environment: { PATH: "/nowhere" } })).only).map(([ruleId]) => ruleId);

  it("are refused until the configuration says how many", async () => {
    expect(await heads(graph)).toEqual(["multiple-heads"]);
    expect(await heads({ ...graph, "headgate.yml": "projects: [{ directory: canal, heads: 2 }]" })).toEqual([]);
  });
});
