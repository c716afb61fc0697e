import type pg from "pg";
import { EngineError } from "../errors.ts";
import { connectTarget } from "./connect-target.ts";
import { describeTarget, type Target } from "./target.ts";

/** How often it is looked for a server that is handed from one client to another; traffic of others can hide it once. */
const rounds = 3;

/**
 * Refuses a pooler that gives each transaction another server: locks, settings and prepared statements of a session are
 * nobody's there. `client` is a connection to the target that nothing else uses now.
 *
 * A server tells its own process id when a session begins; a pooler tells one of its own. Behind one that is shared, a
 * transaction of a second client gets the server that the first has just used, or the first gets another one.
 * @throws EngineError when the target is such a pooler
 */
export async function refusePooler(client: pg.Client, target: Target): Promise<void> {
  const told = (client as unknown as { readonly processID: number | null }).processID;
  const first = await serverOf(client);
  if (told === first) return;
  for (let round = 0; round < rounds; round++) {
    const own = await serverOf(client);
    if (own !== first || (await secondClient(target)) === own) throw pooled(target);
  }
}

/** The server that a second client's transaction gets while the first is connected. */
async function secondClient(target: Target): Promise<number> {
  const second = await connectTarget(target, "headgate").catch((cause: unknown) => {
    throw oneAtATime(target, cause);
  });
  try {
    // A pool that is used up lets a client wait for minutes.
    await second.query({ text: "begin", query_timeout: target.connectTimeoutMs } as pg.QueryConfig);
    return await serverOf(second);
  } catch (cause) {
    // Pooling by statement refuses a transaction.
    throw /statement pooling/.test((cause as Error).message) ? pooled(target, cause) : oneAtATime(target, cause);
  } finally {
    void second.end().catch(() => {});
  }
}

async function serverOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>("select pg_catalog.pg_backend_pid() as pid");
  return rows[0]?.pid ?? 0;
}

function pooled(target: Target, cause?: unknown): EngineError {
  return new EngineError(
    `${describeTarget(target)} is a pooler such as PgBouncer that gives each transaction another server, so that locks and settings of a session do not hold; connect to PostgreSQL itself, or to a pool in session mode.`,
    cause === undefined ? {} : { cause },
  );
}

function oneAtATime(target: Target, cause: unknown): EngineError {
  return new EngineError(
    `The pooler at ${describeTarget(target)} lets in one connection at a time, and Headgate needs several; connect to PostgreSQL itself.`,
    { cause },
  );
}
