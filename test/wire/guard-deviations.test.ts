import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { openRepository } from "../../src/repository/repository.ts";
import { openSession } from "../../src/sessions/open-session.ts";
import type { DatabaseConnection } from "../../src/database-connection.ts";
import type { Session, StepOutcome } from "../../src/sessions/session.ts";
import { loadParser } from "../../src/sql/parser.ts";
import { targetServer } from "../../src/target/target-server.ts";
import { createGuard } from "../../src/wire/create-guard.ts";
import type { GuardedOutcome, GuardedRevision } from "../../src/wire/guard.ts";
import { startProxy } from "../../src/wire/proxy.ts";
import { createRecorder } from "../../src/wire/recorder.ts";
import { alembicHistory } from "../support/alembic-history.ts";
import { rehearsed, targetOf } from "../support/guarded.ts";
import { mikroOrmHistory } from "../support/mikro-orm-history.ts";
import { connectTo, startTestServer } from "../support/postgres.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { testRepository } from "../support/repository.ts";
import type { TestRepository } from "../support/repository.ts";
import { available } from "../support/requirements.ts";
import { link } from "../tools/mikro-orm/project.ts";

await loadParser();

let server: PostgresServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => server?.[Symbol.asyncDispose]());

/** What differs between a rehearsal and production. */
type Deviation =
  | "nothing"
  | "a row"
  | "the clock"
  | "an environment variable"
  | "the database's name"
  | "a row, doing less";

const deviations: readonly Deviation[] = [
  "a row",
  "the clock",
  "an environment variable",
  "the database's name",
  "a row, doing less",
];

async function withSession<Result>(
  repository: TestRepository,
  connection: DatabaseConnection,
  environment: NodeJS.ProcessEnv,
  work: (session: Session, revision: string) => Promise<Result>,
): Promise<Result> {
  const { files, projects } = openRepository({ directory: repository.root });
  const [project] = projects;
  if (!project) throw new Error("There is no project.");
  await using session = await openSession({
    root: repository.root,
    files,
    project,
    environment: { ...process.env, ...environment },
    connection,
    timeLimitMs: 60_000,
  });
  const { revisions } = await session.history();
  // The session ends with this scope.
  const result = await work(session, revisions[0]?.id ?? "");
  return result;
}

async function database(name: string, setup: string): Promise<pg.Client & AsyncDisposable> {
  await using maintenance = await connectTo(server, server.maintenanceDatabase);
  await maintenance.query(`drop database if exists ${name} with (force)`);
  await maintenance.query(`create database ${name}`);
  const client = await connectTo(server, name);
  await client.query(`create table precious(id int); create table settings(name text); ${setup}`);
  return client;
}

/** Rehearses a repository's only revision where nothing is special, and runs it where everything is. */
async function rehearseAndApply(
  repository: TestRepository,
  between: () => void = () => {},
): Promise<{
  readonly outcome: StepOutcome;
  readonly guarded: GuardedOutcome;
  readonly tables: readonly string[];
  readonly recorded: number;
}> {
  const rehearsalClient = await database("rehearsal", "");
  const recorder = await createRecorder({ connection: (name) => server.connection(name) });
  await using wire = await startProxy({ server: server.connection("rehearsal"), recorder });
  const plan = await withSession(
    repository,
    { ...server.connection("rehearsal"), host: wire.host, port: wire.port },
    {},
    async (session, revision): Promise<GuardedRevision> => {
      recorder.label({ revision: "preparation", direction: "up" });
      const versionTables = await session.prepare();
      recorder.label({ revision, direction: "up" });
      expect(await session.upgrade([revision])).toMatchObject({ kind: "done" });
      const { statements } = recorder.recording();
      const before = rehearsed(statements, "preparation", versionTables);
      const step = rehearsed(statements, revision, versionTables);
      return { ...step, alsoAllowed: [...before.alsoAllowed, ...step.alsoAllowed] };
    },
  );
  await rehearsalClient.end();
  between();

  await using production = await database("production", "insert into settings values ('planted-row-value')");
  const guard = await createGuard({ server: targetServer(targetOf(server, "production")) });
  await using proxy = await startProxy({ guard });
  const connection = { ...guard.account, host: proxy.host, port: proxy.port };
  const { outcome, guarded } = await withSession(
    repository,
    connection,
    { REGION: "production" },
    async (session, revision) => {
      guard.begin({ ...plan, revision: "preparation", statements: [] });
      await session.prepare();
      await guard.end();
      guard.begin(plan);
      const outcome = await session.upgrade([revision]);
      return { outcome, guarded: await guard.end() };
    },
  );
  const { rows } = await production.query<{ name: string }>(
    "select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1",
  );
  const tables = rows.map(({ name }) => name);
  const versions = tables.find((name) => /alembic_version|mikro_orm_migrations|schema_migrations/.test(name)) ?? "";
  const { rows: recorded } = await production.query(`select from ${pg.escapeIdentifier(versions)}`);
  return { outcome, guarded, tables: tables.filter((name) => name !== versions), recorded: recorded.length };
}

async function expectStopped(repository: TestRepository, deviation: string, between?: () => void): Promise<void> {
  const { outcome, guarded, tables, recorded } = await rehearseAndApply(repository, between);
  if (deviation === "nothing") {
    expect({ kind: outcome.kind, guarded }).toEqual({ kind: "done", guarded: { passed: expect.any(Number) } });
    expect(tables).toContain("boats");
    expect(recorded).toBe(1);
    return;
  }
  expect(guarded.refusal).toBeDefined();
  expect(outcome).toMatchObject({ kind: "failed" });
  expect(JSON.stringify([outcome, guarded])).not.toContain("planted-row-value");
  expect(tables).toEqual(["precious", "settings"]);
  expect(recorded).toBe(0);
}

describe.skipIf(!available("python")).each(["psycopg", "psycopg2", "asyncpg", "pg8000"])(
  "Alembic with %s",
  (driver) => {
    let python: string;
    beforeAll(async () => {
      python = await pythonWith(currentAlembic);
    }, 600_000);

    const condition: Record<Deviation, string> = {
      nothing: "False",
      "a row": "op.get_bind().exec_driver_sql('select count(*) from settings').scalar() > 0",
      "the clock": "False",
      "an environment variable": "os.environ.get('REGION') == 'production'",
      "the database's name": "op.get_bind().exec_driver_sql('select current_database()').scalar() == 'production'",
      "a row, doing less": "op.get_bind().exec_driver_sql('select count(*) from settings').scalar() > 0",
    };

    // What a migration sees is the same with every driver; how it is sent is not.
    const some = driver === "psycopg" ? deviations : (["a row"] as const);
    test.each(["nothing", ...some] as const)(
      "%s",
      async (deviation) => {
        const upgrade = `special = ${condition[deviation]}
op.execute("CREATE TABLE boats (id int)")
${deviation === "the clock" ? `op.execute(f"CREATE TABLE boats_{time.time_ns()} (id int)")` : ""}
${deviation === "a row, doing less" ? "" : `if special: op.execute("DROP TABLE precious")`}
if not (special and ${deviation === "a row, doing less" ? "True" : "False"}): op.execute("ALTER TABLE boats ADD name text")`;
        const history = alembicHistory(python, [{ id: "r0", upgrade, atImport: "import os, time" }]);
        using repository = testRepository({
          ...history,
          "alembic.ini": history["alembic.ini"]?.replace("+psycopg:", `+${driver}:`) ?? "",
          ...(driver === "asyncpg" && { "migrations/env.py": asynchronous }),
        });
        await expectStopped(repository, deviation);
      },
      60_000,
    );
  },
);

const asynchronous = `import asyncio
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

def work(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()

async def main():
    engine = create_async_engine(context.config.get_main_option("sqlalchemy.url"))
    async with engine.connect() as connection:
        await connection.run_sync(work)
    await engine.dispose()

asyncio.run(main())
`;

describe.each(["v6", "v7"] as const)("MikroORM %s", (version) => {
  const condition: Record<Deviation, string> = {
    nothing: "false",
    "a row": "(await this.execute('select name from settings')).length > 0",
    "the clock": "false",
    "an environment variable": "process.env.REGION === 'production'",
    "the database's name": "(await this.execute('select current_database() as name'))[0].name === 'production'",
    "a row, doing less": "(await this.execute('select name from settings')).length > 0",
  };

  test.each(["nothing", ...deviations] as const)(
    "%s",
    async (deviation) => {
      const less = deviation === "a row, doing less";
      using repository = testRepository(
        mikroOrmHistory({
          Migration20260101080000: `export class Migration20260101080000 extends Migration {
  async up() {
    const special = ${condition[deviation]};
    this.addSql("create table boats (id int)");
    ${deviation === "the clock" ? "this.addSql(`create table boats_${process.hrtime.bigint()} (id int)`);" : ""}
    ${less ? "" : 'if (special) this.addSql("drop table precious");'}
    if (!(special && ${less})) this.addSql("alter table boats add name text");
  }
  async down() {}
}
`,
        }),
      );
      for (const name of ["core", "migrations", "postgresql"]) link(`@mikro-orm/${name}`, version, repository.root);
      await expectStopped(repository, deviation);
    },
    60_000,
  );
});

describe("SQL files", () => {
  const path = "migrations/20260101080000_boats.sql";
  const file = (...up: readonly string[]): string =>
    ["-- migrate:up", ...up, "-- migrate:down", "drop table boats;", ""].join("\n");
  const create = "create table boats (id int);";
  const add = "alter table boats add name text;";
  const drop = "drop table precious;";

  test.each([
    ["nothing", file(create, add)],
    ["another statement", file(create, add, drop)],
    ["a statement in between", file(create, drop, add)],
    ["a statement less", file(create)],
    ["a constant", file(create, "alter table boats add name varchar(9);")],
  ])("%s", async (deviation, content) => {
    using repository = testRepository({ [path]: file(create, add) });
    await expectStopped(repository, deviation, () => repository.write({ [path]: content }));
  });
});
