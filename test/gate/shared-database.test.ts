import { beforeAll, describe, expect, it } from "vitest";
import { runGate } from "../../src/gate.ts";
import { alembicHistory, execute } from "../support/alembic-history.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { testRepository } from "../support/repository.ts";
import { available } from "../support/requirements.ts";

type Tree = Readonly<Record<string, string>>;

const pair = (path: string, table: string): Tree => ({
  [`${path}.up.sql`]: `CREATE TABLE ${table} (id int PRIMARY KEY);\n`,
  [`${path}.down.sql`]: `DROP TABLE ${table};\n`,
});
const settings = (...targets: readonly string[]): string =>
  `projects:\n${targets.map((one, at) => `  - { directory: ${["docks", "locks"][at]}${one} }\n`).join("")}`;
const target = (variable: string, more = "") =>
  `, targets: { databases: [{ name: production, variable: ${variable}${more} }] }`;

/** What is found of projects meeting, with the verdict. */
async function found(change: Tree, before: Tree = { "readme.txt": "boats" }) {
  using repository = testRepository(before);
  repository.branch(change);
  const { verdict, projects } = await runGate({
    directory: repository.root,
    engine: "embedded",
    outageProbe: false,
    base: "main",
    environment: process.env,
  });
  const findings = projects.flatMap(({ name, findings: all }) =>
    all.filter(({ ruleId }) => ruleId.startsWith("projects-")).map((finding) => ({ name, ...finding })),
  );
  const checks = Object.fromEntries(projects.map((project) => [project.name, project.checks]));
  return { verdict, findings, checks };
}

describe("two projects that the configuration brings to one database", () => {
  const docks = { ...pair("docks/migrations/1_docks", "docks"), ...pair("docks/migrations/2_boats", "boats") };

  it("are refused where both make the same table, whichever of them the change brings it for", async () => {
    const main = { "headgate.yml": settings(target("DATABASE_URL"), target("DATABASE_URL")), ...docks };
    const { verdict, findings } = await found(pair("locks/migrations/2_boats", "boats"), {
      ...main,
      ...pair("locks/migrations/1_locks", "locks"),
    });
    expect(verdict).toBe("failed");
    expect(findings).toMatchObject([
      {
        name: "locks",
        ruleId: "projects-collide",
        severity: "error",
        revision: "2",
        file: "locks/migrations/2_boats.up.sql",
        message: expect.stringMatching(
          /^`2` works by itself, and fails in the database of DATABASE_URL where docks is applied already: .*relation "boats" already exists/s,
        ),
      },
    ]);
  });

  it("pass where they stay out of each other's way, and where each has a database, or a schema, of its own", async () => {
    const [theirs, both] = [pair("locks/migrations/1_locks", "locks"), pair("locks/migrations/1_boats", "boats")];
    const shared = settings(target("DATABASE_URL"), `, version-table: lock_migrations${target("DATABASE_URL")}`);
    expect(await found({ "headgate.yml": shared, ...docks, ...theirs })).toMatchObject({
      verdict: "passed",
      findings: [],
    });
    const apart = [
      settings("", ""),
      settings(target("DOCKS_URL"), target("LOCKS_URL")),
      settings(target("DATABASE_URL", ", schemas: docks"), target("DATABASE_URL", ", schemas: locks")),
    ];
    for (const one of apart)
      expect(await found({ "headgate.yml": one, ...docks, ...both })).toMatchObject({
        verdict: "passed",
        findings: [],
      });
  });

  it("are told where their tools keep one version table, as far as is known", async () => {
    const shared = settings(target("DATABASE_URL"), target("DATABASE_URL"));
    const { verdict, findings } = await found({
      "headgate.yml": shared,
      ...docks,
      ...pair("locks/migrations/1_l", "l"),
    });
    expect(verdict).toBe("passed");
    expect(findings).toMatchObject([
      {
        name: "locks",
        ruleId: "projects-collide",
        severity: "warning",
        message: expect.stringContaining("schema_migrations"),
      },
    ]);
  });

  it("are not judged where the one cannot be applied behind the other for reasons of its own", async () => {
    const shared = settings(target("DATABASE_URL"), `, prelude: [db/docks.sql]${target("DATABASE_URL")}`);
    const { verdict, findings } = await found({
      "headgate.yml": shared,
      "db/docks.sql": "CREATE TABLE docks (id int);",
      ...docks,
      ...pair("locks/migrations/1_locks", "locks"),
    });
    expect(verdict).toBe("passed");
    expect(findings).toMatchObject([{ ruleId: "projects-not-tried-together", severity: "warning" }]);
  });

  it("keep their verdicts where the server dies of them both", async () => {
    const kill = `DO $$ BEGIN IF to_regclass('docks') IS NOT NULL THEN
  EXECUTE $c$COPY (SELECT 1) TO PROGRAM 'kill -QUIT $(head -1 postmaster.pid)'$c$;
  PERFORM pg_sleep(60);
END IF; END $$;\n`;
    const { verdict, findings, checks } = await found({
      "headgate.yml": settings(target("DATABASE_URL"), target("DATABASE_URL")),
      ...docks,
      ...pair("locks/migrations/1_locks", "locks"),
      "locks/migrations/1_locks.up.sql": `CREATE TABLE locks (id int PRIMARY KEY);\n${kill}`,
    });
    expect(verdict).toBe("errored");
    expect(checks["locks"]?.filter(({ status }) => status === "errored")).toMatchObject([
      { id: "upgrade", reason: expect.stringMatching(/^PostgreSQL could not go on: /) },
    ]);
    expect(
      [...(checks["docks"] ?? []), ...(checks["locks"] ?? [])].filter(({ status }) => status === "passed"),
    ).toHaveLength(11);
    expect(findings).toMatchObject([{ name: "locks", ruleId: "projects-not-tried-together" }]);
  });

  describe.skipIf(!available("python"))("with Alembic", () => {
    let python: string;
    beforeAll(async () => {
      python = await pythonWith(currentAlembic);
    }, 600_000);

    const project = (name: string, configure = ""): Tree => {
      const { "headgate.yml": _, ...tree } = alembicHistory(python, [
        { id: `${name}1`, upgrade: execute(`CREATE TABLE ${name} (id int)`), downgrade: execute(`DROP TABLE ${name}`) },
      ]);
      const env =
        tree["migrations/env.py"]?.replace("connection=connection", `connection=connection${configure}`) ?? "";
      return Object.fromEntries(
        Object.entries({ ...tree, "migrations/env.py": env }).map(([path, text]) => [`${name}/${path}`, text]),
      );
    };
    const gated = (configure?: string) => {
      const more = `, interpreter: ${JSON.stringify(python)}${target("DATABASE_URL")}`;
      return found({ "headgate.yml": settings(more, more), ...project("docks"), ...project("locks", configure) });
    };

    it("are refused where they keep one version table, and not where each has its own", async () => {
      expect((await gated()).findings).toMatchObject([
        {
          name: "locks",
          ruleId: "projects-collide",
          message: expect.stringContaining("the version table alembic_version"),
        },
      ]);
      expect((await gated(', version_table="".join(["locks", "_version"])')).findings).toEqual([]);
    });
  });
});
