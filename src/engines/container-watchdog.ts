import { execFileSync } from "node:child_process";
import { startWatcher } from "../watcher.ts";

/** Set when Testcontainers must not start its reaper, which otherwise removes what a killed process left. */
const reaperDisabled = (): boolean => process.env["TESTCONTAINERS_RYUK_DISABLED"] === "true";

/** Asked twice, because a request to create the container may still be on its way when Headgate is killed. */
const script = `docker rm -f -v "$1"; sleep 3; docker rm -f -v "$1"`;

/**
 * Sees to it that a container is removed when this process ends without doing so, `kill -9` included, where
 * Testcontainers' own reaper is switched off.
 * @returns what to call when the container has been removed; undefined when nobody watches, for want of a `docker` command
 */
export function watchContainer(name: string): (() => void) | undefined {
  if (!reaperDisabled()) return () => {};
  const environment = dockerEnvironment();
  try {
    execFileSync("docker", ["--version"], { stdio: "ignore", env: environment });
  } catch {
    return undefined;
  }
  return startWatcher({ name: "headgate-watchdog", script, about: name, environment });
}

/** What the `docker` command needs to find the same engine, and nothing else. */
function dockerEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => /^(DOCKER_.*|HOME|PATH|XDG_RUNTIME_DIR)$/.test(name)),
  );
}
