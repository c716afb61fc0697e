import { hash } from "node:crypto";
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { EngineError } from "../errors.ts";
import { cacheDirectory } from "./cache-directory.ts";
import { canReach, type ServerAccount } from "./server-account.ts";

interface Link {
  /** Relative to the package. */
  readonly source: string;
  readonly target: string;
}

/**
 * Makes the programs in a `bin` directory ones that the account can run: npm's packages carry their libraries' symbolic
 * links as a list, which an install without scripts leaves undone; and what is below root's home is copied once.
 * @throws EngineError when the copy cannot be made
 */
export function usableBinaries(
  binDirectory: string,
  account: ServerAccount | undefined,
  cache = cacheDirectory(),
): string {
  const packageRoot = dirname(dirname(binDirectory));
  const missing = links(packageRoot).filter(({ target }) => !present(join(packageRoot, target)));
  const reachable = canReach(account, binDirectory);
  if (missing.length === 0 && reachable) return binDirectory;
  if (reachable && writable(packageRoot)) {
    link(packageRoot, missing);
    return binDirectory;
  }
  return copied(binDirectory, missing, cache);
}

function copied(binDirectory: string, missing: readonly Link[], cache: string): string {
  const source = dirname(binDirectory);
  const packageRoot = dirname(source);
  const { mtimeMs, size } = lstatSync(join(binDirectory, "postgres"));
  const key = hash("sha256", `${source}\0${mtimeMs}\0${size}`).slice(0, 16);
  const home = join(cache, "copies", key);
  const result = join(home, relative(packageRoot, binDirectory));
  if (existsSync(result)) return result;
  try {
    mkdirSync(dirname(home), { recursive: true, mode: 0o755 });
    const staging = mkdtempSync(join(dirname(home), ".copying-"));
    try {
      for (const folder of ["bin", "lib", "share"])
        cpSync(join(source, folder), join(staging, relative(packageRoot, source), folder), {
          recursive: true,
          verbatimSymlinks: true,
        });
      link(staging, missing);
      // mkdtemp makes it private; the server's account must get in.
      chmodSync(staging, 0o755);
      renameSync(staging, home);
    } finally {
      rmSync(staging, { recursive: true, force: true });
    }
  } catch (cause) {
    if (!existsSync(result))
      throw new EngineError(
        `PostgreSQL's programs in ${binDirectory} cannot be used from there, nor copied to ${dirname(home)} (${(cause as Error).message}).`,
        { cause },
      );
  }
  return result;
}

function links(packageRoot: string): readonly Link[] {
  const list = join(packageRoot, "native", "pg-symlinks.json");
  return existsSync(list) ? (JSON.parse(readFileSync(list, "utf8")) as Link[]) : [];
}

function link(packageRoot: string, missing: readonly Link[]): void {
  for (const { source, target } of missing) {
    const path = join(packageRoot, target);
    try {
      symlinkSync(relative(dirname(path), join(packageRoot, source)), path);
    } catch (error) {
      // Another run may be doing the same.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

function present(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function writable(directory: string): boolean {
  try {
    accessSync(join(directory, "native", "lib"), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
