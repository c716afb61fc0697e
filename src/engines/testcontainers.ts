import { randomBytes } from "node:crypto";
import type { StartedPostgreSqlContainer } from "@testcontainers/postgresql";
import pg from "pg";
import { EngineError, UsageError } from "../errors.ts";
import { watchContainer } from "./container-watchdog.ts";
import { requireDocker } from "./docker.ts";
import type { EngineOptions, PostgresServer } from "./engine.ts";
import { removeFailedContainer } from "./failed-container.ts";
import { firstConnection } from "./first-connection.ts";
import { onTermination } from "./on-termination.ts";
import { supportedVersion } from "./supported-version.ts";

const newestImage = "postgres:18";
const startupTimeoutMs = 120_000;
/** Where the image's own start-up scripts put what they make (extensions, roles): new databases are copied from it. */
const templateDatabase = "headgate_template";
const maintenanceDatabase = "headgate_maintenance";

/** Fast and repeatable rather than durable. Set on the running server, because not every image takes `postgres -c …`. */
const settings = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  autovacuum: "off",
  track_functions: "pl",
  jit: "off",
  TimeZone: "UTC",
};

/**
 * Starts a PostgreSQL container. It is removed on dispose; when this process ends in any other way, Testcontainers'
 * reaper removes it, or where that is disabled a process of Headgate's own.
 * @throws UsageError for a version that cannot be an image's tag, or a server that is too old
 * @throws EngineError when Docker cannot be used, the image cannot be pulled, or the server does not start
 */
export async function startTestcontainers(options: EngineOptions): Promise<PostgresServer> {
  const begin = performance.now();
  const image = options.image ?? (options.postgres === undefined ? newestImage : `postgres:${tag(options.postgres)}`);
  await requireDocker();
  const { PostgreSqlContainer } = await import("@testcontainers/postgresql");
  const { Wait } = await import("testcontainers");
  const name = `headgate-${randomBytes(8).toString("hex")}`;
  const password = randomBytes(24).toString("base64url");
  let started: StartedPostgreSqlContainer | undefined;

  const watched = watchContainer(name);
  const remove = async (): Promise<void> => {
    await started?.stop({ remove: true, removeVolumes: true, timeout: 0 });
    watched?.();
  };
  const forget = watched ? () => {} : onTermination(remove);
  const dispose = async (): Promise<void> => {
    await remove();
    forget();
  };

  options.onProgress?.(`starting ${image} with Docker`);
  try {
    started = await new PostgreSqlContainer(image)
      .withName(name)
      .withDatabase(templateDatabase)
      .withUsername("postgres")
      .withPassword(password)
      .withEnvironment({ POSTGRES_INITDB_ARGS: "--no-sync --auth-host=scram-sha-256" })
      // Says only that a server came up; the entrypoint may restart it, so connecting decides.
      .withWaitStrategy(Wait.forLogMessage(/ready to accept connections|port 5432/))
      .withStartupTimeout(startupTimeoutMs)
      .start();
    const address = { host: started.getHost(), port: started.getPort(), user: "postgres", password };
    const timeout = new Promise((resolve) => setTimeout(resolve, startupTimeoutMs).unref());
    const client = await firstConnection({ ...address, database: templateDatabase }, timeout);
    if (!client) throw new Error(`no connection within ${startupTimeoutMs / 1000} seconds`);
    const version = await prepare(client);
    return {
      engine: "testcontainers",
      ...version,
      startMs: Math.round(performance.now() - begin),
      connection: (database) => ({ ...address, database }),
      maintenanceDatabase,
      templateDatabase,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    // Testcontainers gives nothing that could be stopped where it waited in vain.
    const ended = await removeFailedContainer(name).catch(() => undefined);
    await dispose().catch(() => {});
    if (error instanceof UsageError) throw error;
    throw await startFailure(image, ended === undefined ? error : new Error(ended, { cause: error }));
  }
}

async function prepare(client: pg.Client): Promise<{ readonly version: string; readonly major: number }> {
  try {
    const { rows } = await client.query<{ server_version: string }>("show server_version");
    const version = supportedVersion(rows[0]?.server_version ?? "");
    for (const [name, value] of Object.entries(settings))
      await client.query(`alter system set ${name} = ${pg.escapeLiteral(value)}`);
    await client.query("select pg_reload_conf()");
    await client.query(`create database ${maintenanceDatabase} template template0`);
    return version;
  } finally {
    await client.end();
  }
}

function tag(version: string): string {
  if (/^\w[\w.-]{0,127}$/.test(version)) return version;
  throw new UsageError(`\`${version}\` is not a PostgreSQL version; give one such as 17 or 17.5.`);
}

async function startFailure(image: string, cause: unknown): Promise<EngineError> {
  const said = (cause instanceof Error ? cause.message : String(cause)).replaceAll(/\s+/g, " ").trim();
  const pull = /pull|manifest|not found|no such image|unauthorized|denied|registry|lookup|HTTP code 40[1-4]/i.test(
    said,
  );
  if (!pull) return new EngineError(`PostgreSQL did not start from the image ${image} (${said}).`, { cause });
  if (await isPresent(image))
    return new EngineError(
      `Testcontainers could not start its reaper (Docker says: ${said}); set TESTCONTAINERS_RYUK_DISABLED=true, and Headgate removes its container itself.`,
      { cause },
    );
  return new MissingImage(image, said, { cause });
}

/** An image that this machine has not, and that Docker did not get. */
export class MissingImage extends EngineError {
  readonly image: string;

  constructor(image: string, said: string, options: ErrorOptions) {
    super(
      `The image ${image} could not be pulled; check its name, the network and \`docker login\`, or do without Docker with \`--engine embedded\` (Docker says: ${said}).`,
      options,
    );
    this.image = image;
  }
}

async function isPresent(image: string): Promise<boolean> {
  const { getContainerRuntimeClient, ImageName } = await import("testcontainers");
  try {
    return await (await getContainerRuntimeClient()).image.exists(ImageName.fromString(image));
  } catch {
    return false;
  }
}
