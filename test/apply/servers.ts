import type pg from "pg";
import { afterAll, beforeAll } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { connectTo, createTestDatabase, startTestServer } from "../support/postgres.ts";
import { boats, testTarget, urlOf, type TestTarget } from "./target.ts";

/** Where the tests of a file apply, and where they rehearse. */
export interface TestServers {
  /** A new database to apply to, and a repository with these files. */
  target(files?: Readonly<Record<string, string>>): Promise<TestTarget>;
  /** Another client of a target's database; ends with the scope. */
  connect(to: TestTarget): Promise<pg.Client & AsyncDisposable>;
  /** An empty database to rehearse on. */
  rehearsalUrl(): Promise<string>;
}

/** Two servers for the test file that calls this, while it runs. */
export function testServers(): TestServers {
  let production: PostgresServer;
  let rehearsals: PostgresServer;
  beforeAll(async () => {
    [production, rehearsals] = await Promise.all([startTestServer(17), startTestServer(17)]);
  });
  afterAll(async () => {
    await production[Symbol.asyncDispose]();
    await rehearsals[Symbol.asyncDispose]();
  });
  return {
    target: (files = boats) => testTarget(production, rehearsals, files),
    connect: (to) => connectTo(production, to.database),
    async rehearsalUrl() {
      await using client = await createTestDatabase(rehearsals);
      return await urlOf(rehearsals, client);
    },
  };
}
