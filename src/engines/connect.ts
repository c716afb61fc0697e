import pg from "pg";
import { type DatabaseConnection, regardlessOfEnvironment } from "../database-connection.ts";

/** A connected client whose `application_name` tells Headgate's own connections from those of a migration tool. The caller ends it. */
export async function connectAs(connection: DatabaseConnection): Promise<pg.Client> {
  const client = new pg.Client({ ...connection, ...regardlessOfEnvironment, application_name: "headgate" });
  // A connection that breaks while idle shows at the next query; without a listener it would end the process.
  client.on("error", () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}
