import { describe, expect, it } from "vitest";
import { runGate } from "../../src/gate.ts";
import type { Finding } from "../../src/finding.ts";
import { alembicHistory, execute } from "../support/alembic-history.ts";
import { migrationClass, mikroOrmHistory } from "../support/mikro-orm-history.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { testRepository } from "../support/repository.ts";
import { available } from "../support/requirements.ts";
import { linkMikroOrm, versions } from "../tools/mikro-orm/project.ts";

const old = {
  "migrations/1_boats.up.sql": "CREATE TABLE boats (id bigint PRIMARY KEY, name varchar(20));\n",
  "migrations/1_boats.down.sql": "DROP TABLE boats;\n",
};

/** Gates one new migration on a table that is there already. */
async function judged(
  up: string,
  down: string,
  more: Readonly<Record<string, string>> = {},
  replay: "new" | "all" = "new",
) {
  using repository = testRepository({ ...old, ...more });
  repository.branch({ "migrations/2_new.up.sql": up, "migrations/2_new.down.sql": down });
  const options = { directory: repository.root, engine: "embedded", base: "main", environment: process.env } as const;
  const [project] = (await runGate({ ...options, replay })).projects;
  const findings = (project?.findings ?? []).filter(({ severity }) => severity !== "info");
  return { check: project?.checks.find(({ id }) => id === "safety"), findings, coverage: project?.coverage };
}

/** Gates everything in a repository of a tool with a runtime. */
async function judgedTree(tree: Readonly<Record<string, string>>, base?: Readonly<Record<string, string>>) {
  using repository = testRepository(base ?? {});
  const isMikroOrm = "package.json" in tree;
  if (isMikroOrm) linkMikroOrm(versions.at(-1) as (typeof versions)[number], repository.root);
  if (base) repository.commit("before");
  if (base) repository.git("checkout", "--quiet", "-b", "topic");
  repository.write(tree);
  repository.commit("new");
  const options = { directory: repository.root, engine: "embedded", environment: process.env } as const;
  const { projects } = await runGate({ ...options, ...(base ? { base: "main" } : {}) });
  return projects[0];
}

const places = (findings: readonly Finding[] = []) =>
  findings
    .filter(({ severity }) => severity !== "info")
    .map(({ ruleId, line, column, direction }) => `${line}:${column} ${direction} ${ruleId}`);

const timeout = "SET lock_timeout = '2s';\n";

describe("the safety check", () => {
  it("does not send to itself who wants to know what a block does that it did not see completely", async () => {
    const block = (handler: string) =>
      `DO $$BEGIN EXECUTE 'CREATE TABLE ' || current_schema || '.locks (id bigint PRIMARY KEY)'; ${handler} END$$;`;
    const advice = async (handler: string) => {
      const { findings } = await judged(block(handler), "DROP TABLE locks;");
      return findings.flatMap(({ ruleId, help }) => (ruleId === "dynamic-sql" ? [help] : []));
    };
    expect(await advice("")).toEqual([]);
    expect(await advice("EXCEPTION WHEN division_by_zero THEN RAISE;")).toEqual([
      expect.stringMatching(/^Write the statements out, or read by hand /),
    ]);
  });

  it("leaves alone what the base branch has, also where a new revision comes before it", async () => {
    const migration = (day: string) => ({
      [`migrations/202601${day}_day.sql`]:
        "-- +goose Up\nSET search_path = public;\n\n-- +goose Down\nRESET search_path;\n",
    });
    using repository = testRepository({ ...migration("01"), ...migration("05") });
    repository.branch(migration("04"));
    const options = { directory: repository.root, engine: "embedded", base: "main", environment: process.env } as const;
    const leaks = async (replay: "new" | "all") =>
      (await runGate({ ...options, replay })).projects[0]?.findings
        .filter(({ ruleId }) => ruleId === "setting-leaks")
        .map(({ revision }) => revision);
    expect(await leaks("new")).toEqual(["20260104"]);
    expect(await leaks("all")).toEqual(["20260101", "20260104", "20260105"]);
  });

  it("reports what the rules claim and the server confirms", async () => {
    const { check, findings } = await judged(
      `${timeout}CREATE INDEX boats_name ON boats (name);\n`,
      `${timeout}DROP INDEX boats_name;\n`,
    );
    expect(check).toMatchObject({ status: "failed", reason: expect.stringContaining("create-index-blocking") });
    expect(findings.find(({ ruleId }) => ruleId === "create-index-blocking")).toMatchObject({
      revision: "2",
      direction: "up",
      file: "migrations/2_new.up.sql",
      line: 2,
      evidence: { source: "both", locks: expect.arrayContaining([{ relation: "public.boats", mode: "SHARE" }]) },
    });
  });

  it("says how to check what comes behind a migration that refuses to run here", async () => {
    const refusing = { "migrations/1_boats.up.sql": "DO $$ BEGIN RAISE EXCEPTION 'only in production'; END $$;\n" };
    const { findings } = await judged("SELECT 1;\n", "SELECT 1;\n", refusing);
    expect(findings.find(({ ruleId }) => ruleId === "upgrade-fails")).toMatchObject({
      revision: "1",
      help: expect.stringMatching(/^Nothing behind `1` could be checked\. [^]*`start:` [^]*`revision: "1"`/),
    });
  });

  it("says what stops meanwhile where the lock is spoken of, and nowhere else", async () => {
    const keeper = "ALTER TABLE boats ADD COLUMN keeper bigint REFERENCES boats (id);\n";
    using repository = testRepository(old);
    repository.branch({
      "migrations/2_new.up.sql": keeper,
      "migrations/2_new.down.sql": "ALTER TABLE boats DROP COLUMN keeper;\n",
    });
    const options = { directory: repository.root, engine: "embedded", base: "main", environment: process.env } as const;
    const [project] = (await runGate(options)).projects;
    const saying = project?.findings
      .filter(({ direction, evidence }) => direction === "up" && evidence?.stalls)
      .map(({ ruleId, message }) => [ruleId, message.includes("Seen: ")]);
    expect(saying).toContainEqual(["missing-lock-timeout", true]);
    expect(saying).toContainEqual(["fk-unindexed", false]);
  });

  it("says nothing of the lock that dropping an index which is not there would take", async () => {
    const { check, findings } = await judged(
      `${timeout}ALTER TABLE boats ADD COLUMN moored boolean;\n`,
      `${timeout}DROP INDEX boats_moored;\nALTER TABLE boats DROP COLUMN moored;\n`,
    );
    expect(check?.status).toBe("passed");
    expect(findings.map(({ ruleId }) => ruleId)).toEqual(["downgrade-fails"]);
  });

  it("follows a table that the same transaction renames", async () => {
    const { findings, coverage } = await judged(
      `${timeout}ALTER TABLE boats RENAME TO ships;\nALTER TABLE ships DROP COLUMN name;\nCREATE INDEX ships_id ON ships (id);\n`,
      `${timeout}DROP INDEX ships_id;\nALTER TABLE ships ADD COLUMN name varchar(20);\nALTER TABLE ships RENAME TO boats;\n`,
    );
    expect(coverage?.refuted).toBe(0);
    expect(places(findings)).toEqual([
      "2:1 up rename-table",
      "3:1 up drop-column",
      "4:1 up create-index-blocking",
      "2:1 down drop-index-blocking",
    ]);
  });

  it("takes what the base branch made for used, also where everything is replayed", async () => {
    const index = `${timeout}CREATE INDEX boats_name ON boats (name);\n`;
    const { findings } = await judged(index, `${timeout}DROP INDEX boats_name;\n`, {}, "all");
    expect(findings.map(({ ruleId, revision }) => `${revision} ${ruleId}`)).toEqual([
      "2 create-index-blocking",
      "2 drop-index-blocking",
    ]);
  });

  it.each([
    [
      "a default that PostgreSQL stores once",
      "ALTER TABLE boats ADD COLUMN seen timestamptz DEFAULT now();",
      "ALTER TABLE boats DROP COLUMN seen;",
    ],
    [
      "a varchar made longer",
      "ALTER TABLE boats ALTER COLUMN name TYPE varchar(40);",
      "ALTER TABLE boats ALTER COLUMN name TYPE varchar(20);",
    ],
    [
      "what the same change brings",
      "CREATE TABLE docks (id bigint PRIMARY KEY); CREATE INDEX ON docks (id);",
      "DROP TABLE docks;",
    ],
  ])("has no error for %s", async (_, up, down) => {
    const { findings } = await judged(`${timeout}${up}\n`, `${timeout}${down}\n`);
    expect(findings.filter(({ severity, direction }) => severity === "error" && direction === "up")).toEqual([]);
  });

  it("accepts what a comment allows with a reason", async () => {
    const { findings } = await judged(
      `${timeout}-- headgate: allow create-index-blocking: boats has twelve rows\nCREATE INDEX boats_name ON boats (name);\n`,
      `${timeout}DROP INDEX boats_name;\n`,
    );
    expect(findings.filter(({ direction }) => direction === "up")).toEqual([]);
  });
});

describe("what only the server knows", () => {
  it("says what stops in the same names as everything else", async () => {
    const tables = {
      "migrations/0_order.up.sql": 'CREATE TABLE "Order" (id bigint PRIMARY KEY, name text);\n',
      "migrations/0_order.down.sql": 'DROP TABLE "Order";\n',
    };
    const sql = `${timeout}ALTER TABLE "Order" ADD COLUMN token uuid DEFAULT gen_random_uuid();\n`;
    const { findings } = await judged(sql, `${timeout}ALTER TABLE "Order" DROP COLUMN token;\n`, tables);
    expect(findings.find(({ ruleId }) => ruleId === "add-column-volatile-default")).toMatchObject({
      message: expect.stringMatching(/has read public\.Order, reads and writes of public\.Order stop\.$/),
      evidence: { stalls: [expect.objectContaining({ relation: "public.Order" })] },
    });
  });

  it.each([
    ["unforeseen-rewrite", "FOR t IN SELECT unnest(ARRAY['boats', 'docks']) LOOP"],
    ["add-column-volatile-default", "FOREACH t IN ARRAY ARRAY['boats', 'docks'] LOOP"],
  ])(
    "says of each table that a block reaches what stops there, and not what stops elsewhere: %s",
    async (rule, loop) => {
      const docks = {
        "migrations/0_docks.up.sql": "CREATE TABLE docks (id bigint PRIMARY KEY);\n",
        "migrations/0_docks.down.sql": "DROP TABLE docks;\n",
      };
      const block = `DO $$ DECLARE t text; BEGIN
  ${loop}
    EXECUTE format('ALTER TABLE %I ADD COLUMN token uuid DEFAULT gen_random_uuid()', t);
  END LOOP;
END $$;\n`;
      const down = "ALTER TABLE boats DROP COLUMN token;\nALTER TABLE docks DROP COLUMN token;\n";
      const { findings } = await judged(`${timeout}${block}`, `${timeout}${down}`, docks);
      const told = findings.filter(({ ruleId }) => ruleId === rule);
      expect(
        told.map(({ relation, evidence }) => [relation, evidence?.stalls?.map((stall) => stall.relation)]),
      ).toEqual([
        ["public.boats", ["public.boats"]],
        ["public.docks", ["public.docks"]],
      ]);
    },
  );

  it("finds a table under a name that needs quotes", async () => {
    const tables = {
      "migrations/0_order.up.sql": 'CREATE TABLE "Order" (id bigint PRIMARY KEY, name text);\n',
      "migrations/0_order.down.sql": 'DROP TABLE "Order";\n',
    };
    const sql = `${timeout}CREATE INDEX order_name ON "Order" (name);\n`;
    const { findings } = await judged(sql, `${timeout}DROP INDEX order_name;\n`, tables);
    expect(findings.find(({ ruleId }) => ruleId === "create-index-blocking")).toMatchObject({
      relation: "public.Order",
      evidence: { source: "both" },
    });
  });

  it("says that a table is dropped where the text does not show it", async () => {
    const up = `${timeout}DO $$ BEGIN EXECUTE 'DROP TABLE ' || current_schema || '.boats'; END $$;\n`;
    const { findings } = await judged(up, "CREATE TABLE boats (id bigint PRIMARY KEY);\n");
    const told = findings.filter(({ ruleId }) => ruleId.startsWith("unforeseen-"));
    expect(told.map(({ ruleId, severity, relation }) => `${severity} ${ruleId} ${relation}`)).toEqual([
      "error unforeseen-drop public.boats",
    ]);
  });

  it("says what a block did whose text does not show it, and counts what it does not confirm", async () => {
    const up = `${timeout}DO $$ BEGIN
  IF false THEN
    CREATE INDEX boats_name ON boats (name);
  END IF;
END $$;
DO $$ BEGIN EXECUTE 'ALTER TABLE ' || current_schema || '.boats ADD COLUMN token uuid DEFAULT gen_random_uuid()'; END $$;\n`;
    const { findings, coverage } = await judged(up, `${timeout}ALTER TABLE boats DROP COLUMN token;\n`);
    expect(findings.filter(({ direction }) => direction === "up")).toMatchObject([
      {
        ruleId: "unforeseen-rewrite",
        line: 7,
        relation: "public.boats",
        evidence: { source: "observed", rewrites: expect.arrayContaining(["public.boats"]) },
      },
    ]);
    expect(coverage).toMatchObject({ judged: 5, unread: 0, opaque: 0, refuted: 1 });
  });
});

describe("the configuration of rules", () => {
  const index = [`${timeout}CREATE INDEX boats_name ON boats (name);\n`, `${timeout}DROP INDEX boats_name;\n`] as const;
  const said = async (yml: string) => {
    const { findings, coverage } = await judged(...index, { "headgate.yml": yml });
    return {
      up: findings
        .filter(({ direction }) => direction !== "down")
        .map(({ ruleId, severity }) => `${severity} ${ruleId}`),
      coverage,
    };
  };

  it("sets what rules weigh, for all files and for some", async () => {
    expect((await said("rules: { create-index-blocking: warning }")).up).toEqual(["warning create-index-blocking"]);
    const off = await said("overrides: [{ paths: migrations/2_*, rules: { create-index-blocking: off } }]");
    expect(off.up).toEqual([]);
    expect(off.coverage).toMatchObject({ off: ["create-index-blocking"] });
    expect((await said("overrides: [{ paths: migrations/1_*, rules: { create-index-blocking: off } }]")).up).toEqual([
      "error create-index-blocking",
    ]);
  });

  it("allows what it names, and says what it allowed", async () => {
    const entry = (path: string) => `allow: [{ rule: create-index-blocking, paths: ${path}, reason: twelve boats }]`;
    const { up, coverage } = await said(entry("migrations/2_new.up.sql"));
    expect(up).toEqual([]);
    expect(coverage?.allowed).toEqual([
      { ruleId: "create-index-blocking", reason: "twelve boats", file: "migrations/2_new.up.sql", line: 2 },
    ]);
    expect((await said(entry("migrations/2_new.down.sql"))).up).toEqual([
      "error create-index-blocking",
      "warning unused-allowance",
    ]);
  });
});

it("says of what the configuration allows for many files that it is unused where no other project may use it", async () => {
  const configuration = { "headgate.yml": "allow: [{ rule: drop-schema, paths: '**', reason: nobody uses it }]" };
  const unused = async (more: Readonly<Record<string, string>>) => {
    const { findings } = await judged("SELECT 1;\n", "SELECT 1;\n", { ...configuration, ...more }, "all");
    return findings.filter(({ ruleId }) => ruleId === "unused-allowance").length;
  };
  expect(await unused({})).toBe(1);
  const harbour = "harbour/migrations/1_gates";
  const other = { [`${harbour}.up.sql`]: "CREATE TABLE gates ();\n", [`${harbour}.down.sql`]: "DROP TABLE gates;\n" };
  expect(await unused(other)).toBe(0);
});

describe("the safety check of MikroORM", () => {
  const before = mikroOrmHistory({
    Migration1: migrationClass(
      "Migration1",
      "CREATE TABLE boats (id bigint PRIMARY KEY, name text)",
      "DROP TABLE boats",
    ),
  });
  const migration = (comment: string) => ({
    ...before,
    "migrations/Migration2.js": `import { Migration } from "@mikro-orm/migrations";
${comment.startsWith("top") ? "// headgate: allow create-index-blocking: twelve boats" : ""}
export class Migration2 extends Migration {
  async up() {
    this.addSql("SET LOCAL lock_timeout = '2s'");
    ${comment === "here" ? "// headgate: allow create-index-blocking: twelve boats" : ""}
    this.addSql(
      "CREATE INDEX boats_name ON boats (name)",
    );
  }
  async down() {
    this.addSql("SET LOCAL lock_timeout = '2s'");
    this.addSql("DROP INDEX boats_name");
  }
}
`,
  });

  it("places findings in the migration, and reads what is allowed there", async () => {
    expect(places((await judgedTree(migration("no"), before))?.findings)).toContain("7:5 up create-index-blocking");
    for (const where of ["here", "top"])
      expect(places((await judgedTree(migration(where), before))?.findings)).toEqual([
        "13:18 down drop-index-blocking",
      ]);
  });
});

describe.skipIf(!available("python"))("the safety check of a tool with a runtime", () => {
  it("does not pass for what was never sent", async () => {
    const revisions = [
      {
        id: "a1",
        upgrade: execute("CREATE TABLE boats (id bigint PRIMARY KEY)"),
        downgrade: execute("DROP TABLE boats"),
      },
      {
        id: "b2",
        down: "a1",
        upgrade: `${execute("SELECT no_such_function()")}
# headgate: allow drop-table: nobody knows yet whether it is needed
${execute("DROP TABLE boats")}`,
      },
      { id: "c3", down: "b2", upgrade: execute("DROP TABLE boats") },
    ];
    using repository = testRepository(alembicHistory(await pythonWith(currentAlembic), revisions));
    const options = { directory: repository.root, engine: "embedded", environment: process.env } as const;
    const [project] = (await runGate(options)).projects;
    expect(project?.checks.filter(({ id }) => id === "upgrade" || id === "safety")).toMatchObject([
      { status: "failed" },
      { status: "skipped", reason: expect.stringContaining("not finished") },
    ]);
    expect(project?.findings.map(({ ruleId }) => ruleId)).not.toContain("unused-allowance");
  });

  it.each([
    ["as it connects", ', connect_args={"options": "-c search_path=app,public"}', "pass", "17"],
    ["afterwards", "", 'connection.exec_driver_sql("SET search_path TO app, public")', "18"],
  ])("finds tables where env.py points search_path at, %s", async (_how, argument, statement, postgres) => {
    const boats = {
      id: "a1",
      upgrade: execute("CREATE TABLE boats (id bigint PRIMARY KEY, name text)"),
      downgrade: execute("DROP TABLE boats"),
    };
    const change = {
      id: "b2",
      down: "a1",
      upgrade: execute("ALTER TABLE boats RENAME COLUMN name TO title"),
      downgrade: execute("ALTER TABLE boats RENAME COLUMN title TO name"),
    };
    const environment = `from alembic import context
from sqlalchemy import create_engine

url = context.config.get_main_option("sqlalchemy.url")
with create_engine(url${argument}).connect() as connection:
    connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS app")
    ${statement}
    connection.commit()
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`;
    using repository = testRepository(alembicHistory(await pythonWith(currentAlembic), [boats]));
    repository.write({ "migrations/env.py": environment });
    const changed = alembicHistory(await pythonWith(currentAlembic), [boats, change]);
    repository.branch({ ...changed, "migrations/env.py": environment });
    const options = { directory: repository.root, engine: "embedded", base: "main", postgres } as const;
    const [project] = (await runGate({ ...options, environment: process.env })).projects;
    expect(project?.coverage?.refuted).toBe(0);
    expect(places(project?.findings).filter((each) => !each.endsWith("missing-lock-timeout"))).toEqual([
      expect.stringContaining("up rename-column"),
    ]);
  });

  it("places findings in the file, and reads what is allowed there", async () => {
    const boats = {
      id: "a1",
      upgrade: execute("CREATE TABLE boats (id bigint PRIMARY KEY, name text)"),
      downgrade: execute("DROP TABLE boats"),
    };
    const index = (comment: string) => ({
      id: "b2",
      down: "a1",
      upgrade: `${execute("SET LOCAL lock_timeout = '2s'")}
${comment}
op.create_index(
    "boats_name", "boats", ["name"],
)
# headgate: allow drop-column: nothing is dropped here
op.execute(
    """
    UPDATE boats SET name = '50%'
    WHERE id = 1
    """
)`,
      downgrade: `${execute("SET LOCAL lock_timeout = '2s'")}
op.drop_index("boats_name")`,
    });
    const python = await pythonWith(currentAlembic);
    const found = async (comment: string) =>
      places(
        (await judgedTree(alembicHistory(python, [boats, index(comment)]), alembicHistory(python, [boats])))?.findings,
      );
    const rest = ["15:undefined undefined unused-allowance", "25:5 down drop-index-blocking"];
    const late = "16:5 up long-work-under-lock";
    expect(await found("")).toEqual(["12:5 up create-index-blocking", ...rest.slice(0, 1), late, ...rest.slice(1)]);
    expect(await found("# headgate: allow create-index-blocking: twelve boats")).toEqual([rest[0], late, rest[1]]);
  });
});

/** A fix that the help of a finding holds for a tool, as the code of a migration. */
const adviceFor = (words: string, findings: readonly Finding[] = []): string =>
  findings
    .find(({ ruleId, direction }) => ruleId === "create-index-blocking" && direction === "up")
    ?.help?.split(`${words}\n\n`)[1] ?? "";

describe("the advice for a tool", () => {
  it.skipIf(!available("python"))("runs in Alembic as it is", async () => {
    const python = await pythonWith(currentAlembic);
    const boats = {
      id: "a1",
      upgrade: execute("CREATE TABLE boats (id bigint PRIMARY KEY, name text)"),
      downgrade: execute("DROP TABLE boats"),
    };
    const index = (upgrade: string) =>
      alembicHistory(python, [
        boats,
        { id: "b2", down: "a1", upgrade, downgrade: execute("DROP INDEX IF EXISTS boats_name") },
      ]);
    const before = alembicHistory(python, [boats]);
    const first = await judgedTree(index(execute("CREATE INDEX boats_name ON boats (name)")), before);
    // The index and its way back; what SQLAlchemy sends for its session is none of the migration's.
    expect(first?.coverage?.judged).toBe(2);
    const code = adviceFor("With Alembic:", first?.findings);
    expect(code).toContain("autocommit_block");
    const second = await judgedTree(index(code), before);
    expect(second?.checks.filter(({ id }) => id === "upgrade")).toMatchObject([{ status: "passed" }]);
    expect(second?.findings.map(({ ruleId }) => ruleId)).not.toContain("create-index-blocking");
    expect(second?.revisions.at(-1)?.up?.map(({ sql }) => sql)).toContain(
      "CREATE INDEX CONCURRENTLY boats_name ON boats (name)",
    );
  });

  it("runs in MikroORM as it is", async () => {
    const boats = migrationClass(
      "Migration1",
      "CREATE TABLE boats (id bigint PRIMARY KEY, name text)",
      "DROP TABLE boats",
    );
    const before = mikroOrmHistory({ Migration1: boats });
    const index = (second: string) => mikroOrmHistory({ Migration1: boats, Migration2: second });
    const bad = migrationClass("Migration2", "CREATE INDEX boats_name ON boats (name)", "DROP INDEX boats_name");
    const first = await judgedTree(index(bad), before);
    expect(first?.coverage?.judged).toBe(2);
    const code = adviceFor("With MikroORM, in a migration of its own:", first?.findings);
    const named = code
      .replace("Migration…", "Migration2")
      .replace(/\}\s*$/, '  async down() {\n    this.addSql("DROP INDEX boats_name");\n  }\n}\n');
    const second = await judgedTree(index(named), before);
    expect(second?.checks.filter(({ id }) => id === "upgrade")).toMatchObject([{ status: "passed" }]);
    expect(second?.revisions.at(-1)?.up?.map(({ sql }) => sql)).toContain(
      "CREATE INDEX CONCURRENTLY boats_name ON boats (name)",
    );
  });
});
