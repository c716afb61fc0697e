import { connectTarget, openTargetSocket, type TargetSocket } from "./connect-target.ts";
import type { Target } from "./target.ts";

/** The target as the guard on the wire wants it. */
export interface TargetServer {
  readonly user: string;
  readonly database: string;
  open(startup: ReadonlyMap<string, string>): Promise<TargetSocket>;
  /** What a session there begins with, in milliseconds; 0: without a limit. */
  timeouts(): Promise<{ readonly lockTimeoutMs: number; readonly statementTimeoutMs: number }>;
}

/** The target for a guard. */
export function targetServer(target: Target): TargetServer {
  return {
    user: target.user,
    database: target.database,
    open: (startup) => openTargetSocket(target, startup),
    async timeouts() {
      const client = await connectTarget(target, "headgate");
      try {
        const { rows } = await client.query<{ name: string; setting: string }>(
          "select name, setting from pg_catalog.pg_settings where name in ('lock_timeout', 'statement_timeout')",
        );
        const value = (name: string): number => Number(rows.find((row) => row.name === name)?.setting ?? 0);
        return { lockTimeoutMs: value("lock_timeout"), statementTimeoutMs: value("statement_timeout") };
      } finally {
        await client.end();
      }
    },
  };
}
