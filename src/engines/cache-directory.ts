import { homedir } from "node:os";
import { join, resolve } from "node:path";

/**
 * Where Headgate keeps what it need not fetch or make twice; `HEADGATE_CACHE` may name it. For root it is the system's cache,
 * because the account that runs the server cannot read root's home directory.
 */
export function cacheDirectory(): string {
  const named = process.env["HEADGATE_CACHE"];
  if (named) return resolve(named);
  const mac = process.platform === "darwin";
  if (process.getuid?.() === 0) return mac ? "/Library/Caches/headgate" : "/var/cache/headgate";
  const base = process.env["XDG_CACHE_HOME"] || join(homedir(), mac ? "Library/Caches" : ".cache");
  return join(base, "headgate");
}
