import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { DatabaseConnection } from "../sessions/session.ts";

const pauseMs = 15;

/** Waits until a starting server answers; its version, for example `17.10`, or undefined when `ended` came first. */
export async function firstAnswer(
  connection: DatabaseConnection,
  ended: Promise<unknown>,
): Promise<string | undefined> {
  let over = false;
  void ended.then(() => (over = true));
  while (!over) {
    const client = new pg.Client({ ...connection, application_name: "headgate" });
    client.on("error", () => {});
    try {
      await client.connect();
      const { rows } = await client.query<{ server_version: string }>("show server_version");
      return rows[0]?.server_version.split(" ")[0];
    } catch {
      await sleep(pauseMs);
    } finally {
      await client.end().catch(() => {});
    }
  }
  return undefined;
}
