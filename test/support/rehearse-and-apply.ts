import pg from "pg";
import { expect } from "vitest";
import type { DatabaseConnection } from "../../src/database-connection.ts";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { preparationStep } from "../../src/replay/statement-roles.ts";
import { openRepository } from "../../src/repository/repository.ts";
import { openSession } from "../../src/sessions/open-session.ts";
import type { Session, StepOutcome } from "../../src/sessions/session.ts";
import { targetServer } from "../../src/target/target-server.ts";
import { createGuard } from "../../src/wire/create-guard.ts";
import type { GuardedOutcome, GuardedRevision } from "../../src/wire/guard.ts";
import { startProxy } from "../../src/wire/proxy.ts";
import { createRecorder } from "../../src/wire/recorder.ts";
import { rehearsed, targetOf } from "./guarded.ts";
import { connectTo } from "./postgres.ts";
import type { TestRepository } from "./repository.ts";

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

async function database(server: PostgresServer, name: string, setup: string): Promise<pg.Client & AsyncDisposable> {
  await using maintenance = await connectTo(server, server.maintenanceDatabase);
  await maintenance.query(`drop database if exists ${name} with (force)`);
  await maintenance.query(`create database ${name}`);
  const client = await connectTo(server, name);
  await client.query(`create table precious(id int); create table settings(name text); ${setup}`);
  return client;
}

/** Rehearses a repository's only revision where nothing is special, and runs it where everything is. */
export async function rehearseAndApply(
  server: PostgresServer,
  repository: TestRepository,
  { between = () => {}, setup = "" }: { readonly between?: (() => void) | undefined; readonly setup?: string } = {},
): Promise<{
  readonly outcome: StepOutcome;
  readonly guarded: GuardedOutcome;
  readonly tables: readonly string[];
  /** How many revisions the version table has. */
  readonly recorded: number;
  /** The rows of `boats`, `quay.boats` and `lock.boats`, where `setup` makes these. */
  readonly boats: readonly string[];
}> {
  await using _ = await database(server, "rehearsal", setup);
  const recorder = await createRecorder({ connection: (name) => server.connection(name) });
  await using wire = await startProxy({ server: server.connection("rehearsal"), recorder });
  const plan = await withSession(
    repository,
    { ...server.connection("rehearsal"), host: wire.host, port: wire.port },
    {},
    async (session, revision): Promise<GuardedRevision> => {
      recorder.label(preparationStep);
      const versionTables = await session.prepare();
      await session.release();
      recorder.label({ revision, direction: "up" });
      expect(await session.upgrade([revision])).toMatchObject({ kind: "done" });
      const { statements } = recorder.recording();
      const before = rehearsed(statements, preparationStep.revision, versionTables);
      const step = rehearsed(statements, revision, versionTables);
      return {
        ...step,
        alsoAllowed: [...before.alsoAllowed, ...step.alsoAllowed],
        sessions: [...(before.sessions ?? []), ...(step.sessions ?? [])],
      };
    },
  );
  between();

  await using production = await database(
    server,
    "production",
    `${setup}; insert into settings values ('planted-row-value')`,
  );
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
      await session.release();
      guard.begin(plan);
      const outcome = await session.upgrade([revision]);
      return { outcome, guarded: await guard.end() };
    },
  );
  const { rows } = await production.query<{ name: string }>(
    "select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1",
  );
  const tables = rows.map(({ name }) => name);
  const versions =
    tables.find((name) => /alembic_version|mikro_orm_migrations|schema_migrations|goose_db_version/.test(name)) ?? "";
  const boats = setup.includes("lock.boats")
    ? (
        await production.query<{ name: string }>(
          "select name from quay.boats union all select name from lock.boats union all select name from boats order by 1",
        )
      ).rows
    : [];
  const { rows: recorded } = await production.query(
    // goose has a row of its own before the first revision, and golang-migrate one that says it has begun.
    `select from ${pg.escapeIdentifier(versions)} as one where one::text !~ '^.1,0,t|^.1,t.$'`,
  );
  return {
    outcome,
    guarded,
    tables: tables.filter((name) => name !== versions),
    recorded: recorded.length,
    boats: boats.map(({ name }) => name),
  };
}
