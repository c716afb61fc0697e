import type { GuardLimits } from "./guard.ts";
import type { OpenTransaction } from "./plan-order.ts";
import type { StatementKind } from "./statement-kind.ts";

/** `lock_timeout` and `statement_timeout`, in milliseconds; 0: without a limit. */
export interface Timeouts {
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
}

const rowNodes: ReadonlySet<string> = new Set([
  "SelectStmt",
  "InsertStmt",
  "UpdateStmt",
  "DeleteStmt",
  "MergeStmt",
  "CopyStmt",
  "CallStmt",
  "VacuumStmt",
]);

/** The limits with their defaults. */
export function withDefaults({
  lockTimeoutMs = 2_000,
  blockingTimeoutMs = 60_000,
  otherTimeoutMs = 0,
}: GuardLimits): Required<GuardLimits> {
  return { lockTimeoutMs, blockingTimeoutMs, otherTimeoutMs };
}

/** What a session begins with, unless the server's own are stricter: row by row, nothing has to be set for a statement. */
export function initialTimeouts(limits: Required<GuardLimits>, own: Timeouts): Timeouts {
  return {
    lockTimeoutMs: stricter(limits.lockTimeoutMs, own.lockTimeoutMs),
    statementTimeoutMs: stricter(limits.otherTimeoutMs, own.statementTimeoutMs),
  };
}

/** What a statement shall run with. `set`: what is in effect. `initial`: what the session began with. `own`: what it would have begun with. */
export function timeoutsFor(
  statement: { readonly kind: StatementKind | undefined; readonly sql: string; readonly blocks?: boolean },
  transaction: OpenTransaction | undefined,
  limits: Required<GuardLimits>,
  { set, initial, own }: { readonly set: Timeouts; readonly initial: Timeouts; readonly own: Timeouts },
): Timeouts {
  const waits = onlyWaits(statement.kind, statement.sql);
  const blocks = statement.blocks ?? mayBlock(statement.kind, statement.sql);
  const wanted: Timeouts = {
    lockTimeoutMs: waits ? 0 : leftOf(limits.lockTimeoutMs, transaction?.blocksSince),
    statementTimeoutMs: !waits && (blocks || transaction?.blocks) ? limits.blockingTimeoutMs : limits.otherTimeoutMs,
  };
  // What the session began with is the guard's; anything else is the migration's own.
  const kept = (name: keyof Timeouts): number => (set[name] === initial[name] ? own[name] : set[name]);
  return {
    lockTimeoutMs: stricter(wanted.lockTimeoutMs, kept("lockTimeoutMs")),
    statementTimeoutMs: stricter(wanted.statementTimeoutMs, kept("statementTimeoutMs")),
  };
}

/**
 * What is left of the time that others may have to wait while a transaction waits, in steps, and one of them at least.
 * Where work alone has taken longer than that, waiting may add a tenth: to begin again would cost all of the work.
 */
function leftOf(lockTimeoutMs: number, since: number | undefined, now = performance.now()): number {
  if (since === undefined || lockTimeoutMs === 0) return lockTimeoutMs;
  const stepMs = Math.max(50, lockTimeoutMs / 20);
  const left = lockTimeoutMs - (now - since);
  return Math.min(lockTimeoutMs, Math.round(stepMs * Math.ceil(Math.max(stepMs, left, -left / 10) / stepMs)));
}

/** Whether others may have to wait for it, as far as its kind says. */
export function mayBlock(kind: StatementKind | undefined, sql: string): boolean {
  return !kind || (!rowNodes.has(kind.node) && !onlyWaits(kind, sql));
}

/** Nobody waits behind these but others of their kind: CREATE INDEX CONCURRENTLY, VACUUM, … */
export function onlyWaits(kind: StatementKind | undefined, sql: string): boolean {
  if (kind?.place !== "outside") return false;
  return kind.node === "VacuumStmt" ? !/\bfull\b/i.test(sql) : /\bconcurrently\b/i.test(sql);
}

function stricter(one: number, other: number): number {
  return one === 0 || other === 0 ? Math.max(one, other) : Math.min(one, other);
}
