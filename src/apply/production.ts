import type pg from "pg";
import type { DatabaseConnection } from "../sessions/session.ts";
import { connectTarget } from "../target/connect-target.ts";
import { refusePooler } from "../target/pooler.ts";
import { describeTarget, parseTarget } from "../target/target.ts";
import type { GuardedOutcome, GuardedRevision, GuardEvent } from "../wire/guard.ts";
import { startProxy } from "../wire/proxy.ts";

/** The guarded way from a migration tool to production. */
export interface GuardedWire extends AsyncDisposable {
  /** For the tool; the password in it is no secret of the target's. */
  readonly connection: DatabaseConnection;
  begin(step: GuardedRevision): void;
  end(): Promise<GuardedOutcome>;
}

/** A database that others depend on. */
export interface Production {
  /** `host:port/database as user`, without a secret. */
  readonly description: string;
  connect(applicationName: string): Promise<pg.Client>;
  /** @throws EngineError when the client talks to a pooler on which a lock does not hold */
  refusePooler(client: pg.Client): Promise<void>;
  openWire(onEvent: (event: GuardEvent) => Promise<void>): Promise<GuardedWire>;
}

/** Reads where production is. @throws UsageError when it cannot be understood */
export function production(text: string | undefined, environment: NodeJS.ProcessEnv): Production {
  const target = parseTarget(text, environment);
  return {
    description: describeTarget(target),
    connect: (applicationName) => connectTarget(target, applicationName),
    refusePooler: (client) => refusePooler(client, target),
    async openWire() {
      const [server] = target.hosts;
      if (server === undefined) throw new Error("A target has a host.");
      const wire = await startProxy({ server });
      const { user, database } = target;
      return {
        connection: { host: wire.host, port: wire.port, user, password: target.password(server) ?? "", database },
        begin: () => {},
        end: async () => ({ passed: 0 }),
        [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
      };
    },
  };
}
