import { hash, randomBytes } from "node:crypto";
import {
  chownSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import type { ServerBinaries } from "./binaries.ts";
import { canReach, type ServerAccount } from "./server-account.ts";

/**
 * Where the files of a cluster that was just made are kept, for the next server of the same programs and options: copying
 * them takes a fraction of the time that initdb does. Only the account that runs the servers may look in.
 */
export interface KeptCluster {
  readonly directory: string;
  /** Of its superuser; absent while there are none. */
  readonly password?: string;
}

/** Written last, once everything else is on the disk: what lacks it is not complete. */
const passwordFile = "password";
/** Longer than anybody takes to fill it. */
const fillingLimitMs = 600_000;
/** How long a cluster is kept that no server begins with. */
export const unusedLimitMs = 30 * 86_400_000;

/** The place for a cluster of these programs; none where nothing can be kept, or somebody else could have put it there. */
export function keptCluster(
  { directory: bin, version }: ServerBinaries,
  initdbOptions: readonly string[],
  account: ServerAccount | undefined,
  cache: string,
): KeptCluster | undefined {
  const uid = account?.uid ?? process.getuid?.();
  if (uid === undefined) return undefined;
  const home = join(cache, "clusters");
  const own = join(home, String(uid));
  try {
    mkdirSync(home, { recursive: true, mode: 0o755 });
    if (!existsSync(own)) {
      mkdirSync(own, { mode: 0o700 });
      if (account) chownSync(own, account.uid, account.gid);
    }
    if (!belongsTo(uid, own) || !canReach(account, own)) return undefined;
    // Every checkout has a copy of the same programs; a cluster of others with which they do not start is forgotten.
    const programs = ["initdb", "postgres"].map((name) => lstatSync(join(bin, name)).size);
    const key = hash("sha256", JSON.stringify([programs, initdbOptions])).slice(0, 16);
    const directory = join(own, `${version}-${key}`);
    const found = lstatSync(directory, { throwIfNoEntry: false });
    if (found === undefined) {
      forgetUnused(own);
      return { directory };
    }
    if (!belongsTo(uid, directory)) return undefined;
    const marker = join(directory, passwordFile);
    if (existsSync(marker)) {
      // What the account puts there may lead anywhere.
      const password = readFileSync(marker, { encoding: "utf8", flag: constants.O_RDONLY | constants.O_NOFOLLOW });
      utimesSync(directory, new Date(), new Date());
      return { directory, password: password.trim() };
    }
    // Whoever was filling it did not get to the end.
    if (Date.now() - found.mtimeMs > fillingLimitMs) forgetCluster({ directory });
  } catch {
    // A cache that cannot be read or written is none.
  }
  return undefined;
}

/**
 * Removes what is kept: no server starts from it. Who is copying it finds nothing from now on, rather than a part. Where
 * somebody else was faster, or nobody may write, it stays as it is.
 */
export function forgetCluster({ directory }: KeptCluster): void {
  const gone = `${directory}.${randomBytes(4).toString("hex")}`;
  try {
    renameSync(directory, gone);
    rmSync(gone, { recursive: true, force: true });
  } catch {
    // Whoever starts from it next finds out as well.
  }
}

/** Makes room before another kind of cluster is kept: versions and programs come and go. */
function forgetUnused(own: string): void {
  for (const name of readdirSync(own)) {
    const directory = join(own, name);
    const found = lstatSync(directory, { throwIfNoEntry: false });
    if (found && Date.now() - found.mtimeMs > unusedLimitMs) forgetCluster({ directory });
  }
}

function belongsTo(uid: number, path: string): boolean {
  const found = lstatSync(path);
  return found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0;
}
