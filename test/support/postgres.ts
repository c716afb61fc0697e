import pg from "pg";
import { startEmbedded } from "../../src/engines/embedded.ts";
import type { PostgresServer } from "../../src/engines/engine.ts";

/** A real server for one test file; dispose of it in `afterAll`. */
export function startTestServer(major?: number): Promise<PostgresServer> {
  return startEmbedded(major === undefined ? {} : { postgres: String(major) });
}

let databases = 0;

/** An empty database of its own on the server, and a connected client; the client ends with the scope, the database with the server. */
export async function createTestDatabase(
  server: PostgresServer,
  name = `test_${++databases}`,
): Promise<pg.Client & AsyncDisposable> {
  const maintenance = await connectTo(server, server.maintenanceDatabase);
  await maintenance.query(`create database ${pg.escapeIdentifier(name)} template ${server.templateDatabase}`);
  await maintenance.end();
  return connectTo(server, name);
}

/** A connected client of one of the server's databases; ends with the scope. */
export async function connectTo(server: PostgresServer, database: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ ...server.connection(database) });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}
