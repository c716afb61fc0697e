import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where Headgate keeps what it need not fetch twice. For root it is the system's cache, because the account that runs
 * the server cannot read root's home directory.
 */
export function cacheDirectory(): string {
  const mac = process.platform === "darwin";
  if (process.getuid?.() === 0) return mac ? "/Library/Caches/headgate" : "/var/cache/headgate";
  const base = process.env["XDG_CACHE_HOME"] || join(homedir(), mac ? "Library/Caches" : ".cache");
  return join(base, "headgate");
}
