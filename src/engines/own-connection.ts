import type { DatabaseConnection } from "../database-connection.ts";
import type { PostgresServer } from "./engine.ts";

/** How connections of our own reach a database: over the server's Unix socket where it has one, which answers sooner. */
export function ownConnection(
  server: Pick<PostgresServer, "connection" | "socketDirectory">,
  database: string,
): DatabaseConnection {
  const connection = server.connection(database);
  return { ...connection, host: server.socketDirectory ?? connection.host };
}
