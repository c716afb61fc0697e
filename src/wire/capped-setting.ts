import { bareStatement } from "../sql/scan-statements.ts";
import type { GuardLimits } from "./guard.ts";
import { durationMs } from "./probe.ts";

const timeout =
  /^set\s+(?:(local|session)\s+)?(lock_timeout|statement_timeout)\s*(?:=|\bto\b)\s*'?\s*(\d+)\s*(ms|s|min|h|d)?\s*'?$/i;

/** A SET of one of the timeouts to what is allowed or to more, and what is sent in its place. */
export interface CappedSetting {
  readonly replacement: string;
  /** Ends with the transaction by itself. */
  readonly local: boolean;
}

/**
 * Caps a SET that has statements that others may wait for behind it in the same message, where nothing can be set in
 * between; `undefined` when it is none, or is stricter.
 */
export function cappedSetting(sql: string, limits: Required<GuardLimits>): CappedSetting | undefined {
  const [, scope = "session", name = "", number, unit = ""] = timeout.exec(bareStatement(sql)) ?? [];
  if (number === undefined) return undefined;
  const wanted = durationMs(`${number}${unit}`);
  const allowed = /^lock/i.test(name) ? limits.lockTimeoutMs : limits.blockingTimeoutMs;
  if (allowed === 0 || (wanted !== 0 && wanted < allowed)) return undefined;
  return { replacement: `set ${scope} ${name} = ${allowed}`, local: /^local$/i.test(scope) };
}
