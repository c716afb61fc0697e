import { randomBytes } from "node:crypto";
import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canReach, type ServerAccount } from "./server-account.ts";

/** What must be free in memory before a server's files are put there. Bytes. */
const roomInSharedMemory = 2 * 1024 ** 3;
const availableMemory = 4 * 1024 ** 3;
/** Room for `/headgate-0123456789ab/.s.PGSQL.65535` within the 104 bytes that macOS allows a socket's path (Linux: 108). */
const longestParent = 104 - 39;

/**
 * A new path for one server's files. In memory where there is plenty, because copying a database creates a file per
 * relation, which is many times faster there; `TMPDIR`, where it is set, decides instead.
 */
export function serverDirectory(account: ServerAccount | undefined): string {
  const parents = [...(process.env["TMPDIR"] || !plentyOfMemory() ? [] : ["/dev/shm"]), tmpdir(), "/tmp"];
  const parent = parents.find((path) => Buffer.byteLength(path) <= longestParent && canReach(account, path)) ?? "/tmp";
  return join(parent, `headgate-${randomBytes(6).toString("hex")}`);
}

function plentyOfMemory(): boolean {
  try {
    const { bavail, bsize } = statfsSync("/dev/shm");
    return bavail * bsize >= roomInSharedMemory && process.availableMemory() >= availableMemory;
  } catch {
    return false;
  }
}
