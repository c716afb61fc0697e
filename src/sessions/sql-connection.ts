import { Client } from "pg";
import { regardlessOfEnvironment } from "../database-connection.ts";
import { EngineError } from "../errors.ts";
import type { Revision } from "../history.ts";
import { sessionOptions } from "./connection-string.ts";
import { endBackend } from "./end-backend.ts";
import { send } from "./sql-bookkeeping.ts";
import type { SqlProject } from "./sql-project.ts";

/** The one connection that a project's SQL files are sent on, which comes and goes as steps need it. */
export interface SqlConnection extends AsyncDisposable {
  /** The one that is open, unless it began with what is not so any more. @throws EngineError when none can be had */
  current(): Promise<Client>;
  /** One as good as new. @throws StepError of the revision that needs it, when the one that is open cannot be made so */
  fresh(revision: Revision): Promise<Client>;
  /** Makes the one that is open as good as new, so that nobody waits for what it holds. */
  clear(): Promise<void>;
  /** Closes it; the next to be asked for is another one. */
  release(): Promise<void>;
  /** Ends what runs on it; it can only be disposed afterwards. */
  kill(): void;
}

/** A connection as the project's tool makes it. None is opened yet. */
export function sqlConnection({ project, connection, layout, source, newConnections }: SqlProject): SqlConnection {
  const begin = sessionOptions(project.environment);
  const setup = layout.connectionSetup?.(source) ?? [];
  let client: Client | undefined;
  let killed: Promise<void> | undefined;

  async function release(): Promise<void> {
    const open = client;
    client = undefined;
    await open?.end().catch(() => {});
  }

  async function connect(): Promise<Client> {
    if (!connection) throw new EngineError("This session was opened without a database.");
    // Not named after Headgate, whose own connections are told apart by that: here it is the project's tool.
    const fresh = new Client({
      ...connection,
      ...regardlessOfEnvironment,
      ...(begin === "" ? {} : { options: begin }),
    });
    // A connection that ends while idle is no reason for the next step to fail.
    fresh.on("error", () => {});
    fresh.on("end", () => (client = client === fresh ? undefined : client));
    await fresh.connect().catch((cause: unknown) => {
      throw new EngineError("The database could not be reached to run the SQL files.", { cause });
    });
    for (const statement of setup) await fresh.query(statement);
    return fresh;
  }

  async function current(): Promise<Client> {
    if (newConnections.needed) await release();
    return (client ??= await connect());
  }

  async function forget(ask: (on: Client, statement: string) => Promise<unknown>): Promise<void> {
    if (newConnections.needed) return release();
    for (const statement of ["DISCARD ALL", ...setup]) if (client) await ask(client, statement);
  }

  return {
    current,
    async fresh(revision) {
      await forget((on, statement) => send(on, revision, statement));
      return current();
    },
    clear: () => forget((on, statement) => on.query(statement)).catch(release),
    release,
    kill() {
      const running = client;
      client = undefined;
      if (running && connection) killed ??= endBackend(running, connection);
    },
    async [Symbol.asyncDispose]() {
      await killed;
      await release();
    },
  };
}
