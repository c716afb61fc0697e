import pg from "pg";
import { apply, type ApplyOptions } from "../../src/apply/apply.ts";
import { status } from "../../src/apply/status.ts";
import { connectionUrl } from "../../src/sessions/connection-string.ts";
import type { z } from "zod";
import { applySchema, statusSchema } from "../../src/report/apply-schema.ts";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { testRepository, type TestRepository } from "../support/repository.ts";

/** A database to apply to, a repository, and a server to rehearse on. */
export interface TestTarget extends AsyncDisposable {
  readonly url: string;
  /** Its name. */
  readonly database: string;
  readonly client: pg.Client;
  readonly repository: TestRepository;
  /** The options every command needs. */
  readonly options: Pick<ApplyOptions, "directory" | "databaseUrl" | "rehearsalUrl" | "environment">;
  apply(more?: Partial<ApplyOptions>): ReturnType<typeof apply>;
  status(): ReturnType<typeof status>;
  /** The rows of a query. */
  rows(sql: string): Promise<readonly Record<string, unknown>[]>;
  /** One column of a query. */
  column(sql: string): Promise<readonly unknown[]>;
}

/** A new target, with these files committed. */
export async function testTarget(
  server: PostgresServer,
  rehearsals: PostgresServer,
  files: Readonly<Record<string, string>>,
): Promise<TestTarget> {
  const client = await createTestDatabase(server);
  // Some tests end every connection of the database, this one too.
  client.on("error", () => {});
  const rehearsal = await createTestDatabase(rehearsals);
  const repository = testRepository(files);
  repository.commit("migrations");
  const url = await urlOf(server, client);
  const options = {
    directory: repository.root,
    databaseUrl: url,
    rehearsalUrl: await urlOf(rehearsals, rehearsal),
    environment: process.env,
  };
  await rehearsal.end();
  const rows = async (sql: string) => (await client.query<Record<string, unknown>>(sql)).rows;
  return {
    url,
    database: new URL(url).pathname.slice(1),
    client,
    repository,
    options,
    rows,
    column: async (sql) => (await rows(sql)).map((row) => Object.values(row)[0]),
    apply: async (more = {}) => asPublished(applySchema, await apply({ ...options, ...more })),
    status: async () => asPublished(statusSchema, await status(options)),
    async [Symbol.asyncDispose]() {
      await client.end().catch(() => {});
      repository[Symbol.dispose]();
    },
  };
}

/** A report, which is what its published schema says. */
export function asPublished<Report>(schema: z.ZodType, report: Report): Report {
  schema.parse(JSON.parse(JSON.stringify(report)));
  return report;
}

/** The connection string of the database that a client is connected to. */
export async function urlOf(server: PostgresServer, client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>("SELECT current_database() AS name");
  return connectionUrl(server.connection(rows[0]?.name ?? ""));
}

/** A history of golang-migrate: each migration makes a table, or runs this SQL. */
export const boats = {
  "migrations/1_boats.up.sql": "CREATE TABLE boats (id int PRIMARY KEY, name text NOT NULL);\n",
  "migrations/1_boats.down.sql": "DROP TABLE boats;\n",
  "migrations/2_locks.up.sql": "CREATE TABLE locks (id int PRIMARY KEY);\nINSERT INTO locks VALUES (1);\n",
  "migrations/2_locks.down.sql": "DROP TABLE locks;\n",
};
