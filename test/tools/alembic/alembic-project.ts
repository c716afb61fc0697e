import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type pg from "pg";
import { expect, vi } from "vitest";
import type { PostgresServer } from "../../../src/engines/engine.ts";
import { workingTree } from "../../../src/files/working-tree.ts";
import type { Project } from "../../../src/project.ts";
import { childEnvironment } from "../../../src/sessions/child-environment.ts";
import { openDriverSession, type DriverSession } from "../../../src/sessions/driver-session.ts";
import { alembic } from "../../../src/tools/alembic/tool.ts";
import { createTestDatabase } from "../../support/postgres.ts";

const fixtures = fileURLToPath(new URL("../../fixtures/alembic", import.meta.url));

/** The absolute path of a fixture's repository root. */
export const fixtureRoot = (name: string): string => join(fixtures, name);

/** A fixture's only project, or the one with this section, as detection finds it. */
export function fixtureProject(name: string, section?: string): Project {
  const found = alembic.detect(workingTree(fixtureRoot(name))).filter((one) => one.section === section);
  if (found.length !== 1 || !found[0]) throw new Error(`${name} holds ${found.length} such projects.`);
  return { name, environment: {}, prelude: [], oneWay: {}, allowEmpty: false, ...found[0] };
}

export interface OpenProject extends AsyncDisposable {
  readonly session: DriverSession;
  readonly client: pg.Client;
  readonly database: string;
}

export interface OpenOptions {
  readonly python: string;
  readonly root?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** The project with an empty database of its own, and a client of the same database. */
export async function openProject(
  server: PostgresServer,
  project: Project,
  { python, root = fixtureRoot(project.name), environment = {} }: OpenOptions,
): Promise<OpenProject> {
  const client = await createTestDatabase(server);
  const { rows } = await client.query<{ name: string }>("select current_database() as name");
  const database = rows[0]?.name ?? "";
  const connection = server.connection(database);
  const runner = alembic.runner(project);
  if (runner.kind !== "driver") throw new Error("Alembic has a driver.");
  try {
    const session = await openDriverSession({
      command: [python, fileURLToPath(runner.driver)],
      // Whatever this machine says about it, the driver itself must keep the checkout clean.
      environment: childEnvironment({ ...process.env, PYTHONDONTWRITEBYTECODE: undefined }, connection, {
        ...project.environment,
        ...environment,
      }),
      repository: root,
      directory: join(root, project.directory),
      settings: runner.settings,
      connection,
    });
    return {
      session,
      client,
      database,
      async [Symbol.asyncDispose]() {
        await session[Symbol.asyncDispose]();
        await client.end();
      },
    };
  } catch (error) {
    await client.end();
    throw error;
  }
}

/** The tables of the database, schema-qualified where the schema is not `public`. */
export async function tablesOf(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class
     where relkind = 'r' and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'pg_toast')
     order by 1`,
  );
  return rows.map(({ name }) => name);
}

/** Resolves when the database has no connection but the client's; a closed one takes the server a moment. */
export async function noOtherConnections(client: pg.Client): Promise<void> {
  await vi.waitFor(
    async () => {
      const { rows } = await client.query(
        "select application_name, query from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
      );
      expect(rows).toEqual([]);
    },
    { timeout: 5_000 },
  );
}
