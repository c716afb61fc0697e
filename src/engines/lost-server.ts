import { DatabaseError } from "pg";
import { EngineError } from "../errors.ts";
import type { PostgresServer } from "./engine.ts";
import { roomHint } from "./room-hint.ts";

/**
 * SQLSTATEs that blame the machine and not the statement: out of disk or memory, shut down, crashed, a session ended for
 * being idle, I/O errors. A file that is not there (58P01) is a migration's own: an extension's, before PostgreSQL 16, or
 * that of a COPY. https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
const serverFault = /^(?:53|580|57P0[1235])/;

/** Said where nothing tells why: what pg says is that the one after it cannot be used. */
const ended =
  "a connection to it ended. If it runs still, something ends the sessions of others, as pg_terminate_backend in a migration or a short idle_session_timeout does";

/** Whether PostgreSQL failed, and not what it was asked. */
export const isServerFault = (sqlState: string | undefined): boolean => serverFault.test(sqlState ?? "");

/** What pg, and the system below it, say where a connection broke. */
const broken =
  /^Connection terminated|connection error and is not queryable|\b(?:ECONNRESET|ECONNREFUSED|EPIPE|connect ENOENT)\b/;

/**
 * The error that says so where something failed because PostgreSQL is gone, or can do no more; `undefined` where it failed
 * for another reason.
 * @param server the one it happened with, where one had been started
 */
export function lostServer(error: unknown, server: PostgresServer | undefined): EngineError | undefined {
  if (error instanceof EngineError) return error;
  if (!(error instanceof Error)) return undefined;
  const isLost = error instanceof DatabaseError ? isServerFault(error.code) : broken.test(error.message);
  if (!isLost) return undefined;
  const said = server?.lastWords?.() ?? (broken.test(error.message) ? ended : error.message);
  return new EngineError(`PostgreSQL could not go on: ${said.replace(/\.$/, "")}.${roomHint(said)}`, { cause: error });
}
