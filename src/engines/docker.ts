import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { EngineError } from "../errors.ts";

/** Inside a container Testcontainers may first pull a small image to find the way to the host. */
const probeTimeoutMs = 15_000;
const instead = "or use --engine embedded, which needs no Docker.";

/**
 * Whether a Docker engine can be used, asked the way Testcontainers will ask. Where nothing points to one, the answer
 * comes without loading Testcontainers.
 */
export async function dockerAnswers(): Promise<boolean> {
  if (!process.env["DOCKER_HOST"] && !existsSync(join(homedir(), ".testcontainers.properties")) && !dockerSocket())
    return false;
  const { getContainerRuntimeClient } = await import("testcontainers");
  const answer = getContainerRuntimeClient().then(
    () => true,
    () => false,
  );
  return Promise.race([answer, later(probeTimeoutMs, false)]);
}

/** Makes sure that a Docker engine can be used. @throws EngineError that says why not and what to do */
export async function requireDocker(): Promise<void> {
  if (await dockerAnswers()) return;
  if (process.env["DOCKER_HOST"])
    throw new EngineError(`The Docker engine that DOCKER_HOST points to does not answer; start it, ${instead}`);
  const socket = dockerSocket();
  if (!socket)
    throw new EngineError(`There is no Docker engine on this machine; install Docker and start it, ${instead}`);
  if ((await connectionError(socket)) === "EACCES")
    throw new EngineError(
      `This account may not use the Docker engine (permission denied at ${socket}); add the account to the group that owns that socket, usually \`docker\`, ${instead}`,
    );
  throw new EngineError(`The Docker engine at ${socket} does not answer; start it, ${instead}`);
}

function dockerSocket(): string | undefined {
  return [
    "/var/run/docker.sock",
    join(process.env["XDG_RUNTIME_DIR"] ?? `/run/user/${process.getuid?.()}`, "docker.sock"),
    join(homedir(), ".docker/run/docker.sock"),
    join(homedir(), ".docker/desktop/docker.sock"),
  ].find((path) => existsSync(path));
}

async function connectionError(socket: string): Promise<string | undefined> {
  const connection = connect(socket);
  try {
    await once(connection, "connect");
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  } finally {
    connection.destroy();
  }
}

function later<T>(delayMs: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(() => resolve(value), delayMs).unref());
}
