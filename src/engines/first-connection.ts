import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { DatabaseConnection } from "../database-connection.ts";
import { connectAs } from "./connect.ts";

const pauseMs = 15;

/** `cannot_connect_now`: the server starts, and will let somebody in. */
const startingUp = "57P03";

/** Whether a server that has started says no, and would say so again. */
export const isRefusal = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code !== startingUp;

/**
 * Waits until a starting server lets somebody in; undefined when `ended` came first. The caller ends the client.
 * @throws the first error that is `final`; without it none is: a container may still be making its account
 */
export async function firstConnection(
  connection: DatabaseConnection,
  ended: Promise<unknown>,
  final: (error: unknown) => boolean = () => false,
): Promise<pg.Client | undefined> {
  let over = false;
  void ended.then(() => (over = true));
  while (!over) {
    try {
      return await connectAs(connection);
    } catch (error) {
      if (final(error)) throw error;
      await sleep(pauseMs);
    }
  }
  return undefined;
}
