import type { EngineName, EngineOptions, PostgresServer } from "./engine.ts";
import { startServer } from "./start.ts";

/** The servers of one run, each started when it is first asked for. Disposing removes them all. */
export interface ServerPool extends AsyncDisposable {
  /** The server for this version and image. @throws EngineError when it cannot be started */
  server(wanted: Pick<EngineOptions, "postgres" | "image">): Promise<PostgresServer>;
}

/** Opens a pool that starts servers of one engine. */
export function serverPool(
  engine: EngineName | "auto",
  options: Omit<EngineOptions, "postgres" | "image">,
): ServerPool {
  const servers = new Map<string, Promise<PostgresServer>>();
  return {
    server(wanted) {
      const key = JSON.stringify([wanted.postgres, wanted.image]);
      const started = servers.get(key) ?? startServer(engine, { ...options, ...wanted });
      servers.set(key, started);
      return started;
    },
    async [Symbol.asyncDispose]() {
      const started = await Promise.allSettled(servers.values());
      await Promise.all(
        started.map((outcome) => (outcome.status === "fulfilled" ? outcome.value[Symbol.asyncDispose]() : undefined)),
      );
    },
  };
}
