import { EngineError, UsageError } from "../errors.ts";
import { dockerAnswers } from "./docker.ts";
import { startEmbedded } from "./embedded.ts";
import type { EngineName, EngineOptions, PostgresServer } from "./engine.ts";
import { MissingImage, startTestcontainers } from "./testcontainers.ts";
import { startUrl } from "./url.ts";

/**
 * Starts a PostgreSQL for this run. `auto` is Testcontainers where a Docker engine answers and has or gets the official image,
 * else embedded; an image that is asked for always means Testcontainers.
 * @throws UsageError when the options cannot be used with the engine
 * @throws EngineError when the server cannot be started or reached
 */
export async function startServer(engine: EngineName | "auto", options: EngineOptions): Promise<PostgresServer> {
  switch (engine) {
    case "embedded":
      if (options.image !== undefined)
        throw new UsageError("The embedded engine starts no image; leave out --image or use --engine testcontainers.");
      return startEmbedded(options);
    case "testcontainers":
      return startTestcontainers(options);
    // pg-mem only has a first look, which the caller has had. Whoever asks for it is in a hurry: the fastest real server decides.
    case "memory":
      return options.image === undefined ? startEmbedded(options) : startTestcontainers(options);
    case "url":
      return startUrl(options);
    case "auto":
      if (options.image !== undefined) return startTestcontainers(options);
      if (await dockerAnswers()) return startTestcontainers(options).catch((error) => insteadOf(error, options));
      options.onProgress?.("no Docker engine answers: using the embedded PostgreSQL");
      return startEmbedded(options);
    default:
      throw new UsageError(`There is no engine ${engine satisfies never}.`);
  }
}

/** Where nobody asked for a container, its image need not be had; whoever reads the verdict is told. */
async function insteadOf(error: unknown, options: EngineOptions): Promise<PostgresServer> {
  if (!(error instanceof MissingImage)) throw error;
  const reason = `the image ${error.image} could not be pulled`;
  options.onProgress?.(`${reason}: using the embedded PostgreSQL`);
  try {
    return { ...(await startEmbedded(options)), instead: reason };
  } catch (failure) {
    if (!(failure instanceof EngineError || failure instanceof UsageError)) throw failure;
    throw new EngineError(`${error.message} Without Docker: ${failure.message}`, { cause: error });
  }
}
