import { Client } from "pg";
import { type DatabaseConnection, regardlessOfEnvironment } from "../database-connection.ts";

/** Closes the connection at once, and tells the server not to go on with what it was doing for it. */
export async function endBackend(running: Client, connection: DatabaseConnection): Promise<void> {
  const { processID, connection: wire } = running as unknown as {
    readonly processID: number | null;
    readonly connection: { readonly stream: { destroy(): void } };
  };
  wire.stream.destroy();
  const second = new Client({ ...connection, ...regardlessOfEnvironment, application_name: "headgate" });
  second.on("error", () => {});
  try {
    await second.connect();
    await second.query("SELECT pg_terminate_backend($1)", [processID]);
  } catch {
    // The server may be gone too, and then nothing runs.
  } finally {
    await second.end().catch(() => {});
  }
}
