import { describe, expect, it } from "vitest";
import { runGate } from "../src/gate.ts";
import { alembicHistory, execute } from "./support/alembic-history.ts";
import { currentAlembic, pythonWith } from "./support/python.ts";
import { testRepository } from "./support/repository.ts";
import { available } from "./support/requirements.ts";

const old = {
  "migrations/1_boats.up.sql": "CREATE TABLE boats (id bigint PRIMARY KEY, name varchar(20));\n",
  "migrations/1_boats.down.sql": "DROP TABLE boats;\n",
};

/** Gates one new migration on a table that is there already. */
async function judged(up: string, down: string) {
  using repository = testRepository(old);
  repository.commit("boats");
  repository.git("checkout", "--quiet", "-b", "topic");
  repository.write({ "migrations/2_new.up.sql": up, "migrations/2_new.down.sql": down });
  repository.commit("new");
  const options = { directory: repository.root, engine: "embedded", base: "main", environment: process.env } as const;
  const [project] = (await runGate(options)).projects;
  const findings = (project?.findings ?? []).filter(({ severity }) => severity !== "info");
  return { check: project?.checks.find(({ id }) => id === "safety"), findings };
}

const timeout = "SET lock_timeout = '2s';\n";

describe("the safety check", () => {
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

describe.skipIf(!available("python"))("the safety check of a tool with a runtime", () => {
  it("does not pass for what was never sent", async () => {
    const revisions = [
      {
        id: "a1",
        upgrade: execute("CREATE TABLE boats (id bigint PRIMARY KEY)"),
        downgrade: execute("DROP TABLE boats"),
      },
      { id: "b2", down: "a1", upgrade: execute("SELECT no_such_function()") },
      { id: "c3", down: "b2", upgrade: execute("DROP TABLE boats") },
    ];
    using repository = testRepository(alembicHistory(await pythonWith(currentAlembic), revisions));
    const options = { directory: repository.root, engine: "embedded", environment: process.env } as const;
    const [project] = (await runGate(options)).projects;
    expect(project?.checks.filter(({ id }) => id === "upgrade" || id === "safety")).toMatchObject([
      { status: "failed" },
      { status: "skipped", reason: expect.stringContaining("not finished") },
    ]);
  });
});
