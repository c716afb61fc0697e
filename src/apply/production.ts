import type pg from "pg";
import type { DatabaseConnection } from "../database-connection.ts";
import type { Limits } from "../repository/limits.ts";
import { connectTarget } from "../target/connect-target.ts";
import { refusePooler } from "../target/pooler.ts";
import { targetServer } from "../target/target-server.ts";
import { describeTarget, parseTarget, type Target } from "../target/target.ts";
import { createGuard } from "../wire/create-guard.ts";
import type { Guard, GuardedServer, GuardEvent } from "../wire/guard.ts";
import { startProxy } from "../wire/proxy.ts";
import type { SessionBeginning } from "../wire/startup-packet.ts";
import { workingName } from "./lock.ts";
import { leave } from "./patience.ts";
import { inSchema } from "./tenant.ts";

/** The guarded way from a migration tool to production. */
export interface GuardedWire extends AsyncDisposable, Pick<Guard, "begin" | "end"> {
  /** For the tool; the password in it is no secret of the target's. */
  readonly connection: DatabaseConnection;
}

/** A database that others depend on. */
export interface Production {
  /** `host:port/database as user`, without a secret. */
  readonly description: string;
  /** What `application_name` of a tool's connections there begins with. */
  readonly workingName: string;
  connect(applicationName: string): Promise<pg.Client>;
  /** @throws EngineError when the client talks to a pooler on which a lock does not hold */
  refusePooler(client: pg.Client): Promise<void>;
  /** `beginnings`: what the tool's sessions began with in the rehearsal. */
  openWire(
    limits: Limits,
    beginnings: readonly SessionBeginning[],
    onEvent: (event: GuardEvent) => Promise<void>,
  ): Promise<GuardedWire>;
}

/** Seconds, and a number: a server notices within half a minute that whoever held the lock is gone without a word. */
const keepalives = { tcp_keepalives_idle: "10", tcp_keepalives_interval: "5", tcp_keepalives_count: "4" } as const;

/**
 * What a role's own settings shall not do to Headgate's sessions: end them while a rehearsal runs, or write dates in a way
 * that cannot be read. Those of the migration tool keep them.
 */
const ordinary = {
  lock_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  idle_session_timeout: "0",
  transaction_timeout: "0",
  default_transaction_isolation: "read committed",
  DateStyle: "ISO",
  ...keepalives,
} as const;

/** Sets what the server's version knows. */
const setOrdinary =
  "SELECT set_config(name, own.value, false) FROM pg_settings JOIN json_each_text($1) AS own (key, value) ON own.key = name";

/** Reads where production is. @throws UsageError when it cannot be understood */
export const production = (text: string | undefined, environment: NodeJS.ProcessEnv = process.env): Production =>
  productionAt(parseTarget(text, environment), undefined);

/** One tenant of it. @throws UsageError as `production` does, ApplyError and EngineError when it is not there */
export async function productionOf(
  text: string | undefined,
  environment: NodeJS.ProcessEnv,
  schema: string | undefined,
): Promise<Production> {
  const target = parseTarget(text, environment);
  return productionAt(schema === undefined ? target : await inSchema(target, schema), schema);
}

function productionAt(target: Target, schema: string | undefined): Production {
  const name = workingName(schema);
  return {
    description: `${describeTarget(target)}${schema === undefined ? "" : `, schema ${schema}`}`,
    workingName: name,
    async connect(applicationName) {
      const client = await connectTarget(target, applicationName);
      await client.query("SET statement_timeout = 0");
      await client.query(setOrdinary, [JSON.stringify(ordinary)]);
      return client;
    },
    refusePooler: (client) => refusePooler(client, target),
    async openWire(limits, beginnings, onEvent) {
      const guard = await createGuard({
        server: await recognisable(targetServer(target)),
        limits: {
          lockTimeoutMs: limits["lock-timeout"],
          blockingTimeoutMs: limits["blocking-timeout"],
          otherTimeoutMs: limits["statement-timeout"],
        },
        name,
        beginnings,
        onEvent,
      });
      const proxy = await startProxy({ guard });
      return {
        connection: { host: proxy.host, port: proxy.port, ...guard.account },
        begin: guard.begin,
        end: guard.end,
        [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
      };
    },
  };

  /** The server, whose sessions have a name from the first message on, and do not outlive whoever waits for them. */
  async function recognisable(server: GuardedServer): Promise<GuardedServer> {
    const checks = await checksClients();
    return {
      ...server,
      open: (startup) =>
        server.open(
          new Map([
            ...startup,
            ["application_name", `${name} migration`],
            ...Object.entries(keepalives),
            ...(checks ? [["client_connection_check_interval", "1s"] as const] : []),
          ]),
        ),
    };
  }

  /** Some platforms cannot: https://www.postgresql.org/docs/18/runtime-config-connection.html#GUC-CLIENT-CONNECTION-CHECK-INTERVAL */
  async function checksClients(): Promise<boolean> {
    const client = await connectTarget(target, "headgate");
    const can = await client.query("SET client_connection_check_interval = '1s'").then(
      () => true,
      () => false,
    );
    await leave(client);
    return can;
  }
}
