import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { EngineError } from "../errors.ts";

/** The account that owns a server's processes and files when Headgate itself runs as root. */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root, so root needs another account for it; undefined for everybody else.
 * @throws EngineError when there is none
 */
export function serverAccount(): ServerAccount | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    try {
      const ids = execFileSync("id", [name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
      const [, uid, gid] = /^uid=(\d+)\b.* gid=(\d+)\b/.exec(ids) ?? [];
      if (Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) };
    } catch {
      // No such account: try the next.
    }
  }
  throw new EngineError(
    "PostgreSQL refuses to run as root, and there is no account `postgres` or `nobody` to run it as; run Headgate as another user.",
  );
}

/** Whether an account can reach this path: every directory above it, and itself, may be searched by the account. */
export function canReach(account: ServerAccount | undefined, path: string): boolean {
  if (!account) return true;
  for (let current = resolve(path); ; current = dirname(current)) {
    const { mode, uid, gid } = statSync(current);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (current === dirname(current)) return true;
  }
}
