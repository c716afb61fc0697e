import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apply } from "../../src/apply/apply.ts";
import { downgrade } from "../../src/apply/downgrade.ts";
import { skew } from "../../src/apply/skew.ts";
import { applyToTargets, targetsOf } from "../../src/apply/targets.ts";
import type { TargetsReport } from "../../src/apply-report.ts";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { alembicHistory, execute } from "../support/alembic-history.ts";
import { headgate } from "../support/cli.ts";
import { migrationClass, mikroOrmHistory } from "../support/mikro-orm-history.ts";
import { startTestServer } from "../support/postgres.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { available } from "../support/requirements.ts";
import { link } from "../tools/mikro-orm/project.ts";
import { boats, testTarget } from "./target.ts";

let server: PostgresServer;
beforeAll(async () => void (server = await startTestServer(17)));
afterAll(async () => server[Symbol.asyncDispose]());

const tenants = ["acme", "Initech Ltd"];
const targets = "targets: { databases: [{ name: all, variable: TENANTS_URL, schemas: [acme, Initech Ltd] }] }";
const configuration = `projects: [{ directory: ., tool: sql, migrations: migrations, ${targets} }]\n`;

/** A database with these tenants, which shares a table with others, and a repository. */
async function tenancy(files: Readonly<Record<string, string>>, schemas: readonly string[] = tenants) {
  const to = await testTarget(server, server, files);
  for (const schema of schemas) await to.client.query(`CREATE SCHEMA "${schema}"`);
  await to.client.query("CREATE TABLE public.plans (id int PRIMARY KEY)");
  const environment: Record<string, string> = {
    PATH: process.env["PATH"] ?? "",
    HOME: process.env["HOME"] ?? "",
    TENANTS_URL: to.url,
  };
  const options = { directory: to.repository.root, engine: "embedded", environment } as const;
  const several = () => {
    const found = targetsOf(options);
    if (found === undefined) throw new Error("There are several.");
    return found;
  };
  return {
    ...to,
    environment,
    apply: () => applyToTargets(several(), options),
    applyTo: (schema: string) => apply({ ...options, databaseUrl: to.url, schema }),
    skew: () => skew(several(), options),
    [Symbol.asyncDispose]: () => to[Symbol.asyncDispose](),
  };
}

const outcomes = ({ targets }: TargetsReport) =>
  targets.map((target) => [
    target.name,
    target.outcome === "done" ? target.report.outcome : target.outcome === "failed" ? target.message : target.outcome,
  ]);
const where = (table: string) =>
  `SELECT relnamespace::regnamespace::text FROM pg_class WHERE relname = '${table}' ORDER BY relnamespace::regnamespace::text COLLATE "C"`;
const everywhere = ['"Initech Ltd"', "acme"];

describe("tenants, each in a schema of one database", () => {
  it("begin with their own schema, in front of those of the search path whatever these are called", async () => {
    await using to = await tenancy({
      "migrations/1_moorings.up.sql": "CREATE TABLE seen AS SELECT current_setting('search_path') AS path;\n",
      "headgate.yml": configuration,
    });
    await to.client.query(`CREATE SCHEMA "North, ""East""";
      ALTER DATABASE "${to.database}" SET search_path = "$user", "North, ""East""", public`);
    expect((await to.applyTo("acme")).outcome).toBe("applied");
    expect(await to.column("SELECT path FROM acme.seen")).toEqual(['"acme","North, ""East""",public']);
  });

  it("are each brought to the commit, with a version table and a ledger of their own", async () => {
    await using to = await tenancy({ ...boats, "headgate.yml": configuration });
    expect(outcomes(await to.apply())).toEqual(tenants.map((name) => [`all/${name}`, "applied"]));
    expect(await to.column(where("boats"))).toEqual(everywhere);
    expect(await to.column(where("schema_migrations"))).toEqual(everywhere);
    expect(await to.column(`SELECT history FROM headgate.run ORDER BY history COLLATE "C"`)).toEqual([
      "Initech Ltd.schema_migrations",
      "acme.schema_migrations",
    ]);
    expect(outcomes(await to.apply())).toEqual(tenants.map((name) => [`all/${name}`, "nothing-pending"]));
    expect(await to.skew()).toMatchObject({ groups: [{ applied: 2 }], attention: [] });
  });

  it("are found by a pattern; one that fails stops those after it, and is where the next run goes on", async () => {
    await using to = await tenancy({ ...boats, "headgate.yml": configuration.replace(/\[acme.*?\]/, "tenant_*") }, [
      "tenant_a",
      "tenant_b",
      "tenant_c",
      "other",
    ]);
    await to.client.query("CREATE TABLE tenant_b.locks (other text)");
    await to.client.query("CREATE TABLE tenant_c.boats (other text)");
    const first = await to.apply();
    expect(first.outcome).toBe("failed");
    expect(outcomes(first)[0]).toEqual(["all/tenant_a", "applied"]);
    expect(outcomes(first)[1]?.[1]).toMatch(/schema tenant_b.*table `tenant_b.locks` is there/s);
    expect((await to.skew()).groups).toEqual([
      { applied: 2, last: "2", targets: ["all/tenant_a"] },
      { applied: 0, targets: ["all/tenant_b", "all/tenant_c"] },
    ]);
    await to.client.query("DROP TABLE tenant_b.locks, tenant_c.boats");
    expect(outcomes(await to.apply()).map(([, outcome]) => outcome)).toEqual(["nothing-pending", "applied", "applied"]);
    expect(await to.column(where("boats"))).toEqual(["tenant_a", "tenant_b", "tenant_c"]);
  });

  it("are taken one at a time on the command line, also back; one that is not there is not made", async () => {
    await using to = await tenancy({ ...boats, "headgate.yml": configuration });
    const run = (...args: readonly string[]) =>
      headgate([...args, "--database-url", to.url, "--directory", to.repository.root], {
        env: to.environment,
        cwd: to.repository.root,
      });
    const engine = ["--engine", "embedded"];
    expect(await run("apply", "--schema", "acme", ...engine)).toMatchObject({ exitCode: 0 });
    expect(await to.column(where("boats"))).toEqual(["acme"]);
    expect(await run("status", "--schema", "Initech Ltd")).toMatchObject({
      stdout: expect.stringContaining("is empty"),
    });
    expect(await run("status", "--schema", "acme")).toMatchObject({ exitCode: 0 });
    // Of another tenant's.
    await to.client.query(
      `CREATE TABLE "Initech Ltd".spares (id int); INSERT INTO "Initech Ltd".spares VALUES (1), (1)`,
    );
    await to.client.query(`CREATE UNIQUE INDEX CONCURRENTLY one ON "Initech Ltd".spares (id)`).catch(() => {});
    expect((await run("status", "--schema", "acme")).stdout).not.toContain("Invalid indexes");
    expect(await run("downgrade", "-n", "1", "--yes", "--schema", "acme", ...engine)).toMatchObject({ exitCode: 0 });
    expect(await to.column(where("locks"))).toEqual([]);
    const nowhere = await run("apply", "--schema", "hooli", ...engine);
    expect(nowhere.stderr).toContain("The database has no schema hooli. Create it");
  });

  it("are found under `targets:` by the name of one, and nothing is taken for its database", async () => {
    await using to = await tenancy({ ...boats, "headgate.yml": configuration });
    const { environment } = to;
    const asked = { directory: to.repository.root, engine: "embedded", environment, schema: "acme" } as const;
    const found = targetsOf(asked);
    if (found === undefined) throw new Error("It is there.");
    expect(outcomes(await applyToTargets(found, asked))).toEqual([["all/acme", "applied"]]);
    expect(await to.column(where("boats"))).toEqual(["acme"]);
    expect(await skew(found, asked)).toMatchObject({ groups: [{ targets: ["all/acme"] }], attention: [] });
    const nobody = { ...asked, schema: "nobody" };
    await expect(applyToTargets(found, nobody)).rejects.toThrow("has the tenant nobody");
    await expect(skew(found, nobody)).rejects.toThrow("has the tenant nobody");
    const confirm = async () => true;
    await expect(downgrade({ ...asked, count: 1, confirm })).rejects.toThrow("name one with --database-url");
    to.repository.write({ "headgate.yml": configuration.replace(/, schemas: \[.*?\]/, "") });
    expect(() => targetsOf(asked)).toThrow("--database-url");
  });

  it("are refused when they would share a version table", async () => {
    await using to = await tenancy({ ...boats, "headgate.yml": configuration });
    await to.client.query("CREATE TABLE public.schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)");
    await expect(to.apply()).rejects.toThrow(/in public.schema_migrations, which tenants would share/);
  });

  it("are told of each, also when the configuration is wrong for one of them", async () => {
    await using to = await tenancy({ ...boats, "headgate.yml": configuration });
    await to.client.query(`CREATE TABLE "Initech Ltd".schema_migrations (version bigint PRIMARY KEY)`);
    const report = await to.apply();
    expect(report.outcome).toBe("failed");
    expect(outcomes(report)).toEqual([
      ["all/acme", "applied"],
      ["all/Initech Ltd", expect.stringContaining("is not one in which the project's tool keeps what it applied")],
    ]);
    expect(await to.skew()).toMatchObject({
      groups: [{ applied: 2, targets: ["all/acme"] }],
      attention: [{ name: "all/Initech Ltd" }],
    });
  });

  it("are left alone when all is skipped, and not looked for", async () => {
    await using to = await tenancy({ ...boats, "headgate.yml": configuration.replace(/\[acme.*?\]/, "tenant_*") });
    to.environment["HEADGATE_SKIP"] = "true";
    delete to.environment["TENANTS_URL"];
    expect(outcomes(await to.apply())).toEqual([["all", "skipped"]]);
  });

  it("are no schemas of PostgreSQL's, nor the ledger's", async () => {
    await using to = await tenancy({ ...boats, "headgate.yml": configuration });
    await to.apply();
    for (const schema of ["headgate", "pg_catalog", ""])
      await expect(to.applyTo(schema)).rejects.toThrow(/is not a tenant's schema/);
  });
});

const synchronous = `from os import environ
from alembic import context
from sqlalchemy import create_engine

with create_engine(context.config.get_main_option("sqlalchemy.url")).connect() as connection:
    context.configure(connection=connection, version_table_schema=environ.get("HEADGATE_SCHEMA"))
    with context.begin_transaction():
        context.run_migrations()
`;
const asynchronous = `import asyncio
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

def run(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()

async def main():
    engine = create_async_engine(context.config.get_main_option("sqlalchemy.url"))
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()

asyncio.run(main())
`;

describe.skipIf(!available("python"))("tenants of Alembic", () => {
  it.each([
    ["psycopg, with version_table_schema", "psycopg", synchronous],
    ["asyncpg", "asyncpg", asynchronous],
  ])("%s", async (_, driver, environment) => {
    const files = alembicHistory(
      await pythonWith(currentAlembic),
      [
        { id: "a1", upgrade: execute("CREATE TABLE boats (id int PRIMARY KEY)") },
        {
          id: "b2",
          down: "a1",
          upgrade:
            'with op.get_context().autocommit_block():\n    op.execute("CREATE INDEX CONCURRENTLY by_id ON boats (id)")',
        },
      ],
      targets,
    );
    files["migrations/env.py"] = environment;
    files["alembic.ini"] = (files["alembic.ini"] ?? "").replace("+psycopg", `+${driver}`);
    await using to = await tenancy(files);
    expect(outcomes(await to.apply())).toEqual(tenants.map((name) => [`all/${name}`, "applied"]));
    expect(await to.column(where("by_id"))).toEqual(everywhere);
    expect(await to.column(where("alembic_version"))).toEqual(everywhere);
    expect(outcomes(await to.apply())).toEqual(tenants.map((name) => [`all/${name}`, "nothing-pending"]));
  });
});

describe.each(["v6", "v7"] as const)("tenants of MikroORM %s", (version) => {
  it("have the schema as MikroORM's own option", async () => {
    const name = "Migration20260101000000";
    const files = mikroOrmHistory({ [name]: migrationClass(name, "CREATE TABLE boats (id int)", "DROP TABLE boats") });
    await using to = await tenancy({
      ...files,
      "headgate.yml": `projects: [{ directory: ., tool: mikro-orm, ${targets} }]\n`,
    });
    for (const library of ["@mikro-orm/core", "@mikro-orm/migrations", "@mikro-orm/postgresql"])
      link(library, version, to.repository.root);
    expect(outcomes(await to.apply())).toEqual(tenants.map((tenant) => [`all/${tenant}`, "applied"]));
    expect(await to.column(where("boats"))).toEqual(everywhere);
    expect(await to.column(where("mikro_orm_migrations"))).toEqual(everywhere);
    expect(outcomes(await to.apply())).toEqual(tenants.map((tenant) => [`all/${tenant}`, "nothing-pending"]));
  });
});
