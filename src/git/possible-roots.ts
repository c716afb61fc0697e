import { existsSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/**
 * The directories that may be the top of the work tree around a directory, without asking git: those above it that hold `.git`,
 * or itself where none does; its own name where it does not exist.
 */
export function possibleRoots(directory: string): readonly string[] {
  const from = existsSync(directory) ? realpathSync.native(directory) : resolve(directory);
  const found: string[] = [];
  for (let candidate = from; ; candidate = dirname(candidate)) {
    if (existsSync(join(candidate, ".git"))) found.push(candidate);
    if (candidate === dirname(candidate)) return found.length > 0 ? found : [from];
  }
}
