import { beforeAll, describe, expect, it, test } from "vitest";
import type { Verdict } from "../../src/verdict.ts";
import { alembicHistory, type AlembicRevision } from "../support/alembic-history.ts";
import { headgate } from "../support/cli.ts";
import { migrationClass, mikroOrmHistory } from "../support/mikro-orm-history.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { testRepository } from "../support/repository.ts";
import { available } from "../support/requirements.ts";
import { linkMikroOrm, versions } from "../tools/mikro-orm/project.ts";

const check = async (tree: Readonly<Record<string, string>>) => {
  using repository = testRepository(tree);
  return await findingsOf(repository.root);
};

const findingsOf = async (root: string) => {
  const { stdout, stderr } = await headgate(["check", "--engine", "embedded", "--format", "json", "--quiet"], {
    cwd: root,
    env: { TZ: "" },
  });
  expect(stderr).toBe("");
  const [project] = (JSON.parse(stdout) as Verdict).projects;
  const findings = project?.findings.filter(({ ruleId }) => /^plan-not-|^process-not-|^reupgrade/.test(ruleId)) ?? [];
  return {
    found: findings.map(({ ruleId, revision }) => `${ruleId} ${revision}`),
    messages: findings.map(({ message }) => message).join("\n"),
    sent: project?.revisions.flatMap(({ up }) => (up ?? []).map(({ sql }) => sql)) ?? [],
    reupgrade: project?.checks.find(({ id }) => id === "reupgrade")?.status,
  };
};

describe("SQL files", () => {
  const pairs = (...sql: readonly (readonly [string, string])[]) =>
    Object.fromEntries(
      sql.flatMap(([up, down], index) => [
        [`migrations/${index + 1}_step.up.sql`, `${up};\n`],
        [`migrations/${index + 1}_step.down.sql`, `${down};\n`],
      ]),
    );

  it("whose schema depends on the session's time zone, date style or search path are found", async () => {
    const { found, messages, reupgrade } = await check(
      pairs(
        [
          "CREATE TABLE tides (at timestamptz) PARTITION BY RANGE (at);\nCREATE TABLE tides_1 PARTITION OF tides FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')",
          "DROP TABLE tides",
        ],
        ["CREATE TABLE boats (built date DEFAULT '01/02/2026')", "DROP TABLE boats"],
        [
          "DO $$ BEGIN EXECUTE format('COMMENT ON TABLE boats IS %L', current_setting('search_path')); END $$",
          "COMMENT ON TABLE boats IS NULL",
        ],
        [
          "CREATE TABLE docks (at timestamptz DEFAULT '2026-01-01 00:00+00', day date DEFAULT '2026-02-01')",
          "DROP TABLE docks",
        ],
      ),
    );
    expect(found).toEqual([1, 2, 3].map((revision) => `plan-not-deterministic ${revision}`));
    expect(messages).toContain("TimeZone = Pacific/Kiritimati");
    expect(messages).toContain("2025-12-31 10:00:00+00");
    expect(reupgrade).toBe("passed");
  }, 120_000);

  it("that ask the database's clock are found; what is defined by it, and rows that have its time, are not", async () => {
    const month = "to_char(current_date, 'YYYY_MM')";
    const { found, messages, reupgrade } = await check(
      pairs(
        [
          "CREATE TABLE tides (at timestamptz DEFAULT now());\nINSERT INTO tides VALUES (now());\nCREATE VIEW late AS SELECT now() - at AS by FROM tides",
          "DROP VIEW late; DROP TABLE tides",
        ],
        [
          `DO $$ BEGIN EXECUTE format('CREATE TABLE tides_%s (at timestamptz DEFAULT now())', ${month}); END $$`,
          `DO $$ BEGIN EXECUTE format('DROP TABLE tides_%s', ${month}); END $$`,
        ],
        [
          "DO $$ BEGIN IF now() > '2020-01-01' THEN CREATE VIEW v AS SELECT CASE WHEN true THEN now() END AS at; END IF; END $$",
          "DROP VIEW v",
        ],
      ),
    );
    expect(found).toEqual(["plan-not-deterministic 2"]);
    expect(messages).toContain("on another day, as the database's clock says (400 days later)");
    expect(reupgrade).toBe("passed");
  }, 120_000);

  it("that fail for a session's settings are found, and those that fail the second time are still that", async () => {
    const { found, messages } = await check(
      pairs(
        ["CREATE TABLE boats (built date DEFAULT '12/31/2026')", "DROP TABLE boats"],
        [
          "INSERT INTO boats VALUES ('2026-01-01'); DO $$ BEGIN IF (SELECT count(*) FROM boats) > 1 THEN RAISE 'again'; END IF; END $$",
          "SELECT 1",
        ],
      ),
    );
    expect(found).toEqual(["plan-not-deterministic 1", "reupgrade-fails 2"]);
    expect(messages).toContain("out of range");
    expect(messages).toContain("can be applied once");
  }, 120_000);
});

it("a layout without a way back is applied to a copy once more", async () => {
  const { found, messages } = await check({
    "supabase/config.toml": "",
    "supabase/migrations/20260101000000_tides.sql":
      "CREATE TABLE tides (at timestamptz) PARTITION BY RANGE (at);\nCREATE TABLE tides_1 PARTITION OF tides FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');\n",
    "supabase/migrations/20260102000000_boats.sql":
      "CREATE TABLE boats (id uuid PRIMARY KEY DEFAULT gen_random_uuid());\n",
    "supabase/migrations/20260103000000_name.sql":
      "DO $$ BEGIN EXECUTE format('COMMENT ON TABLE boats IS %L', gen_random_uuid()); END $$;\n",
  });
  expect(found).toEqual(["plan-not-deterministic 20260101000000", "plan-not-deterministic 20260103000000"]);
  expect(messages).toContain("TimeZone = Pacific/Kiritimati");
  expect(messages).toContain("gives another schema each time it is applied");
}, 120_000);

describe.skipIf(!available("python"))("Alembic", () => {
  let python: string;
  beforeAll(async () => {
    python = await pythonWith(currentAlembic);
  }, 600_000);

  const revision = (id: string, down: string | undefined, upgrade: string, downgrade: string): AlembicRevision => ({
    id,
    ...(down !== undefined && { down }),
    atImport: "import sqlalchemy as sa\nimport uuid",
    upgrade,
    downgrade,
  });

  it("that writes a setting or a new name into its statements is found; rows and repetitions are not", async () => {
    const { found, messages, reupgrade } = await check(
      alembicHistory(python, [
        revision(
          "a1",
          undefined,
          `op.execute("CREATE TABLE boats (id int, kind text, old text)")
op.execute("INSERT INTO boats SELECT n, 'k', 'o' FROM generate_series(1, 3) n")`,
          'op.execute("DROP TABLE boats")',
        ),
        revision(
          "a2",
          "a1",
          'zone = op.get_bind().execute(sa.text("SHOW TimeZone")).scalar()\nop.execute(f"COMMENT ON TABLE boats IS \'{zone}\'")',
          'op.execute("COMMENT ON TABLE boats IS NULL")',
        ),
        revision(
          "a3",
          "a2",
          "op.execute(f\"SELECT set_config('canal.run', 'x', true)\")\nop.execute(f\"CREATE TEMPORARY TABLE t{uuid.uuid4().hex} () ON COMMIT DROP\")",
          'op.execute("SELECT 1")',
        ),
        // What the downgrade has dropped is not there to be copied the second time.
        revision(
          "a4",
          "a3",
          `for row in op.get_bind().execute(sa.text("SELECT id FROM boats WHERE old IS NOT NULL")).fetchall():
    op.get_bind().execute(sa.text("UPDATE boats SET kind = :k WHERE id = :id"), {"k": uuid.uuid4().hex, "id": row.id})
op.execute("ALTER TABLE boats DROP COLUMN old")`,
          'op.execute("ALTER TABLE boats DROP COLUMN kind")\nop.execute("ALTER TABLE boats ADD kind text")\nop.execute("ALTER TABLE boats ADD old text")',
        ),
      ]),
    );
    expect(found).toEqual(["plan-not-deterministic a2", "plan-not-deterministic a3"]);
    expect(messages).toContain("comment was `UTC`, is `Pacific/Kiritimati` after the second upgrade");
    expect(messages).toContain("sends other statements each time");
    expect(reupgrade).toBe("passed");
  }, 120_000);

  it("that has a table with many indexes creates them in the order of its code", async () => {
    const columns = [..."hgfedcba"];
    const tree = alembicHistory(python, [
      revision(
        "i1",
        undefined,
        `op.create_table("boats", *[sa.Column(name, sa.Integer, index=True) for name in "${columns.join("")}"])`,
        'op.drop_table("boats")',
      ),
    ]);
    const { found, sent } = await check(tree);
    expect(found).toEqual([]);
    expect(sent.filter((sql) => sql.startsWith("CREATE INDEX"))).toEqual(
      columns.map((name) => `CREATE INDEX ix_boats_${name} ON boats (${name})`),
    );
  }, 120_000);

  it("that asks the database for the day, a number or a name is found, where that gets into its statements", async () => {
    const asking = {
      b1: "SELECT now()",
      b2: "SELECT to_char(clock_timestamp(), 'YYYY')",
      b3: "SELECT count(*) FROM pg_class WHERE false AND now() IS NULL",
      b4: "SELECT random()",
      b5: "SELECT gen_random_uuid()",
      b6: "SELECT pg_backend_pid()",
      b7: "SELECT 'pg_class'::regclass",
    };
    const { found, messages } = await check(
      alembicHistory(
        python,
        Object.entries(asking).map(([id, query], index, all) =>
          revision(
            id,
            all[index - 1]?.[0],
            `op.execute("CREATE TABLE ${id} (id int)")
told = list(op.get_bind().exec_driver_sql("${query}").mappings().one().values())[0]
op.get_bind().exec_driver_sql(f"COMMENT ON TABLE ${id} IS '{str(told)[:7]}'")`,
            `op.execute("DROP TABLE ${id}")`,
          ),
        ),
      ),
    );
    expect(found.filter((finding) => !finding.endsWith("b6"))).toEqual([
      "plan-not-deterministic b1",
      "plan-not-deterministic b2",
      "reupgrade-differs b4",
      "reupgrade-differs b5",
    ]);
    expect(messages).toContain(
      "b2` gives another schema on another day, as the database's clock says (400 days later):",
    );
  }, 120_000);

  it("that asks its process is found, with what it asks; what the configuration decides, and what is sorted, is not", async () => {
    const table = (name: string) => `op.execute("CREATE TABLE ${name} (id int)")`;
    const comment = (text: string) => `op.execute("COMMENT ON TABLE a IS '" + ${text} + "'")`;
    const uncomment = 'op.execute("COMMENT ON TABLE a IS NULL")';
    const names = '{"lock", "weir", "sluice", "basin", "aqueduct"}';
    const { found, messages } = await check(
      alembicHistory(
        python,
        (
          [
            ["a1", table("a"), 'op.execute("DROP TABLE a")'],
            [
              "a2",
              `for name in ${names}:\n    op.create_table(name, sa.Column("id", sa.Integer))`,
              `for name in ${names}:\n    op.drop_table(name)`,
            ],
            [
              "a3",
              `for name in sorted(${names}):\n    op.create_table("old_" + name, sa.Column("id", sa.Integer))`,
              `for name in ${names}:\n    op.drop_table("old_" + name)`,
            ],
            [
              "a4",
              `op.add_column("a", sa.Column("day", sa.Date, server_default=datetime.date.today().isoformat()))`,
              'op.drop_column("a", "day")',
            ],
            [
              "a5",
              `op.add_column("a", sa.Column("at", sa.DateTime, server_default=datetime.datetime.now().isoformat()))`,
              'op.drop_column("a", "at")',
            ],
            ["a6", comment('os.environ.get("CANAL_REGION", "north")'), uncomment],
            ["a7", comment('os.environ["CANAL_WIDTH"]'), uncomment],
            // What is named by the day is taken back by it as well.
            [
              "a8",
              `op.create_table("of_" + datetime.date.today().isoformat(), sa.Column("id", sa.Integer))`,
              `op.drop_table("of_" + datetime.date.today().isoformat())`,
            ],
          ] as const
        ).map(([id, upgrade, downgrade], index, all) => ({
          id,
          ...(index > 0 && { down: all[index - 1]?.[0] as string }),
          atImport: "import datetime\nimport os\nimport sqlalchemy as sa",
          upgrade,
          downgrade,
        })),
        "environment: { CANAL_WIDTH: '7' }",
      ),
    );
    expect(found).toEqual([
      "plan-not-deterministic a2",
      "plan-not-deterministic a4",
      "reupgrade-differs a5",
      "plan-not-deterministic a6",
      "plan-not-deterministic a8",
    ]);
    expect(messages).toContain(
      "sends the same statements in another order in a process with other surroundings (PYTHONHASHSEED = 1)",
    );
    expect(messages).toMatch(
      /a4` gives another schema in a process with other surroundings \(TZ = [\w/+-]+; the clock = 400 days later\):/,
    );
    expect(messages).toContain("comment was `north`, is 1 after the second upgrade");
  }, 120_000);

  it("that asks its machine, the order of files, the year, where it lies or which port it got is found, with which of them", async () => {
    const asks = [
      ["host and account", 'socket.gethostname() + " " + getpass.getuser()'],
      ["files of a directory", '" ".join(os.listdir("steps"))'],
      ["the clock", "str(datetime.datetime.now().year)"],
      [undefined, '" ".join(sorted(os.listdir("steps")))'],
      ["the path of this checkout", "__file__"],
      ["the port of the disposable server", '"localhost:%d" % op.get_bind().engine.url.port'],
    ] as const;
    const { found, messages } = await check({
      ...alembicHistory(
        python,
        asks.map(([, asked], index) => ({
          id: `a${index}`,
          ...(index > 0 && { down: `a${index - 1}` }),
          atImport: "import datetime\nimport getpass\nimport os\nimport socket",
          // A row that was read with its time is still what a driver knows.
          upgrade: `op.execute("CREATE TABLE t${index} (id int, at timestamptz DEFAULT now())")
op.execute("INSERT INTO t${index} VALUES (1)")
[at] = op.get_bind().exec_driver_sql("SELECT at FROM t${index}").scalars()
op.get_bind().exec_driver_sql("UPDATE t${index} SET at = %s", (at + datetime.timedelta(days=1),))
op.execute("COMMENT ON TABLE t${index} IS '" + ${asked} + "'")`,
          downgrade: `op.execute("DROP TABLE t${index}")`,
        })),
      ),
      "steps/one.sql": "",
      "steps/two.sql": "",
    });
    expect(found).toEqual(["a0", "a1", "a2", "a4", "a5"].map((id) => `plan-not-deterministic ${id}`));
    expect(messages).toContain("The upgrade to `a4` sends the path of this checkout, /");
    expect(messages).toMatch(/The upgrade to `a5` sends the port of the disposable server, \d+, which/);
    for (const [cause] of asks.slice(0, 3)) expect(messages).toContain(`with other surroundings (${cause} = `);
  }, 120_000);
});

test.each(versions)(
  "MikroORM %s that writes dates as its machine does, or what that is called, is found",
  async (version) => {
    const [up, down] = [
      "this.addSql(`comment on table locks is '${new Date(0).toLocaleString()}, ${(1234.5).toLocaleString()}'`);",
      'this.addSql("comment on table locks is null");',
    ];
    using repository = testRepository({
      ...mikroOrmHistory({
        Migration20260101000000: migrationClass(
          "Migration20260101000000",
          "create table locks (id int)",
          "drop table locks",
        ),
        Migration20260102000000: `export class Migration20260102000000 extends Migration {\n  async up() { ${up} }\n  async down() { ${down} }\n}\n`,
        Migration20260103000000: `import { hostname } from "node:os";
export class Migration20260103000000 extends Migration {
  async up() {
    if (!(new Date(0) instanceof Date)) throw new Error("It is no date.");
    this.addSql(\`comment on column locks.id is '\${hostname()}, \${new Date().getFullYear()}'\`);
  }
  async down() { this.addSql("comment on column locks.id is null"); }
}
`,
      }),
    });
    linkMikroOrm(version, repository.root);
    const { found, messages } = await findingsOf(repository.root);
    expect(found).toEqual([
      "plan-not-deterministic Migration20260102000000",
      "plan-not-deterministic Migration20260103000000",
    ]);
    expect(messages).toContain("the clock = 400 days later; host and account = elsewhere");
    expect(messages).toContain("in a process with other surroundings (TZ = ");
    expect(messages).toContain("LC_ALL = de_DE.UTF-8");
    expect(messages).toMatch(/is `[^`]*, 1\.234,5` after the second upgrade/);
  },
  120_000,
);

test("a project that does not load in another process says that this was not tried", async () => {
  const tree = mikroOrmHistory({
    Migration1: migrationClass("Migration1", "create table locks (id int)", "drop table locks"),
  });
  using repository = testRepository({
    ...tree,
    "mikro-orm.config.js": `if (process.env.TZ) throw new Error("There is no zone but ours.");\n${tree["mikro-orm.config.js"]}`,
  });
  linkMikroOrm("v7", repository.root);
  const { found, messages, reupgrade } = await findingsOf(repository.root);
  expect(found).toEqual(["process-not-varied undefined"]);
  expect(messages).toContain("There is no zone but ours");
  expect(reupgrade).toBe("passed");
}, 120_000);
