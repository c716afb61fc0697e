import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { DatabaseConnection } from "../database-connection.ts";
import { connectAs } from "./connect.ts";

const pauseMs = 15;

/** Waits until a starting server lets somebody in; undefined when `ended` came first. The caller ends the client. */
export async function firstConnection(
  connection: DatabaseConnection,
  ended: Promise<unknown>,
): Promise<pg.Client | undefined> {
  let over = false;
  void ended.then(() => (over = true));
  while (!over) {
    try {
      return await connectAs(connection);
    } catch {
      await sleep(pauseMs);
    }
  }
  return undefined;
}
