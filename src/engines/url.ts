import pg from "pg";
import { EngineError, UsageError } from "../errors.ts";
import type { DatabaseConnection } from "../database-connection.ts";
import { connectAs } from "./connect.ts";
import { readDatabaseUrl } from "./database-url.ts";
import type { EngineOptions, PostgresServer } from "./engine.ts";
import { foreignObjects } from "./foreign-objects.ts";
import { onTermination } from "./on-termination.ts";
import { abandonedRuns, dropScratch, scratchComment, scratchName } from "./scratch.ts";
import { supportedVersion } from "./supported-version.ts";

/** How many of the objects in somebody's database are named when it is refused. */
const namedObjects = 3;

/**
 * Uses a server that is already there. Nothing is written into the database that the URL names: the work happens in
 * scratch copies beside it, which are dropped on dispose and when this process is told to end. What a killed run left
 * is dropped by the next one.
 * @throws UsageError for a URL that cannot be used, a server that is too old, or a database that holds something
 * @throws EngineError when the server cannot be reached or the account may not make copies; never says the URL
 */
export async function startUrl(options: EngineOptions): Promise<PostgresServer> {
  const begin = performance.now();
  if (!options.databaseUrl) throw new UsageError("The engine url needs --database-url with a disposable database.");
  const given = readDatabaseUrl(options.databaseUrl);
  const connection = (database: string): DatabaseConnection => ({ ...given, database });
  const run = scratchName();
  const client = await reach(given);
  let keepAlive: pg.Client | undefined;
  try {
    const { rows } = await client.query<{ server_version: string }>("show server_version");
    const version = supportedVersion(rows[0]?.server_version ?? "");
    if (!options.allowNonEmpty) await refuseNonEmpty(client, given);
    await requireCreateDatabase(client);
    await dropAbandoned(client, options);
    await client.query(`create database ${run} template template0`);
    keepAlive = await connectAs(connection(run));
    // Only now: a commented database that nobody is connected to counts as abandoned.
    await keepAlive.query(`comment on database ${run} is ${pg.escapeLiteral(scratchComment)}`);
    await requireCopy(client, given, run);
    const forget = onTermination(() => clean(given, run));
    const alive = keepAlive;
    return {
      engine: "url",
      ...version,
      startMs: Math.round(performance.now() - begin),
      connection,
      maintenanceDatabase: run,
      templateDatabase: given.database,
      async [Symbol.asyncDispose]() {
        await alive.end();
        await clean(given, run);
        forget();
      },
    };
  } catch (error) {
    await keepAlive?.end();
    await dropScratch(client, run).catch(() => {});
    if (error instanceof UsageError || error instanceof EngineError) throw error;
    throw new EngineError(`The server at ${place(given)} cannot be used (${(error as Error).message}).`, {
      cause: error,
    });
  } finally {
    await client.end();
  }
}

async function clean(given: DatabaseConnection, run: string): Promise<void> {
  const client = await reach(given);
  try {
    await dropScratch(client, run);
  } finally {
    await client.end();
  }
}

async function reach(given: DatabaseConnection): Promise<pg.Client> {
  try {
    return await connectAs(given);
  } catch (cause) {
    const { code = "", message } = cause as { code?: string; message: string };
    const where = place(given);
    if (code.startsWith("28"))
      throw new EngineError(
        `PostgreSQL at ${where} refused the login for database "${given.database}"; check user and password.`,
        { cause },
      );
    if (code === "3D000")
      throw new EngineError(`PostgreSQL at ${where} has no database "${given.database}"; create it first.`, { cause });
    if (/^\w{5}$/.test(code))
      throw new EngineError(`PostgreSQL at ${where} refused the connection to "${given.database}" (${message}).`, {
        cause,
      });
    throw new EngineError(
      `No PostgreSQL answers at ${where} (${code || "connection failed"}); check host and port of the database URL.`,
      { cause },
    );
  }
}

async function refuseNonEmpty(client: pg.Client, given: DatabaseConnection): Promise<void> {
  const objects = await foreignObjects(client, namedObjects + 1);
  if (objects.length === 0) return;
  const named = objects.slice(0, namedObjects).join(", ") + (objects.length > namedObjects ? " and more" : "");
  throw new UsageError(
    `The database "${given.database}" at ${place(given)} is not empty (${named}); give an empty one, or --allow-non-empty to start from a copy of what it holds.`,
  );
}

async function requireCreateDatabase(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ may: boolean; role: string }>(
    "select rolsuper or rolcreatedb as may, quote_ident(rolname) as role from pg_roles where rolname = current_user",
  );
  if (rows[0]?.may) return;
  throw new EngineError(
    `The account of the database URL may not create databases, which the scratch copies need; run as a superuser: ALTER ROLE ${rows[0]?.role} CREATEDB;`,
  );
}

/** Only a database's owner, or a superuser, may copy it. */
async function requireCopy(client: pg.Client, given: DatabaseConnection, run: string): Promise<void> {
  const probe = `${run}_probe`;
  try {
    await client.query(`create database ${probe} template ${pg.escapeIdentifier(given.database)}`);
    await client.query(`drop database ${probe}`);
  } catch (cause) {
    const { code } = cause as { code?: string };
    const database = `"${given.database}" at ${place(given)}`;
    if (code === "55006")
      throw new EngineError(
        `Others are connected to ${database}; it can only be copied while nobody else uses it. End their connections, or name another database.`,
        {
          cause,
        },
      );
    if (code === "42501")
      throw new EngineError(
        `The account of the database URL may not copy ${database}; run as a superuser: ALTER DATABASE ${pg.escapeIdentifier(given.database)} OWNER TO ${pg.escapeIdentifier(given.user)};`,
        { cause },
      );
    throw cause;
  }
}

async function dropAbandoned(client: pg.Client, options: EngineOptions): Promise<void> {
  for (const run of await abandonedRuns(client)) {
    try {
      await dropScratch(client, run);
      options.onProgress?.(`dropped the scratch databases ${run} that an earlier run left`);
    } catch {
      options.onProgress?.(`an earlier run left the scratch databases ${run}, which could not be dropped`);
    }
  }
}

function place({ host, port }: DatabaseConnection): string {
  return host.startsWith("/") ? host : `${host}:${port}`;
}
