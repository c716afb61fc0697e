import { chmodSync, chownSync, mkdtempSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EngineError } from "../errors.ts";
import { canReach } from "./server-account.ts";
import type { ServerAccount } from "./server-account.ts";

/** What must be free in memory before a server's files are put there. Bytes. */
const roomInSharedMemory = 2 * 1024 ** 3;
const availableMemory = 4 * 1024 ** 3;
/** Room for `/headgate-XXXXXX/.s.PGSQL.65535` within the 104 bytes that macOS allows a socket's path (Linux: 108). */
const longestParent = 104 - 33;

/**
 * A fresh directory for one server, open to its account only. In memory where there is plenty, because copying a
 * database creates a file per relation, which is many times faster there; `TMPDIR`, where it is set, decides instead.
 * @throws EngineError when it cannot be made
 */
export function serverDirectory(account: ServerAccount | undefined): string {
  const parents = [...(process.env["TMPDIR"] || !plentyOfMemory() ? [] : ["/dev/shm"]), tmpdir(), "/tmp"];
  const parent = parents.find((path) => Buffer.byteLength(path) <= longestParent && canReach(account, path)) ?? "/tmp";
  try {
    const directory = mkdtempSync(join(parent, "headgate-"));
    chmodSync(directory, 0o700);
    if (account) chownSync(directory, account.uid, account.gid);
    return directory;
  } catch (cause) {
    throw new EngineError(`Cannot make a directory for PostgreSQL in ${parent} (${(cause as Error).message}).`, {
      cause,
    });
  }
}

function plentyOfMemory(): boolean {
  try {
    const { bavail, bsize } = statfsSync("/dev/shm");
    return bavail * bsize >= roomInSharedMemory && process.availableMemory() >= availableMemory;
  } catch {
    return false;
  }
}
