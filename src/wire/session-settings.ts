import type { Context } from "./conversation.ts";
import type { Surroundings } from "./evidence.ts";
import { runsLevelCode } from "./message-level.ts";
import { durationMs, readSettings, settingsQueries } from "./probe.ts";
import type { SessionSettings } from "./probe.ts";
import type { RecordedStatement } from "./recording.ts";
import type { StatementKind } from "./statement-kind.ts";
import type { Transaction } from "./transaction.ts";

/** After these, every setting is what it was. */
const settingNeutral = new Set(["begin", "savepoint"]);

/**
 * Asks for the session's settings unless they are known. Not in a failed transaction. `end`: of an extended question,
 * `sync` where none of the client's messages are under way.
 */
export async function refreshSettings(
  context: Context,
  how: "simple" | "extended",
  end: "sync" | "flush" = "flush",
): Promise<void> {
  if (context.settings) return;
  const answer =
    how === "simple"
      ? await context.asking.simple(settingsQueries.join("; "))
      : await context.asking.extended(settingsQueries, end);
  context.settings = readSettings(answer?.rows ?? []);
}

/** What the settings say now that a statement of this kind has run. */
export function settingsAfter(context: Context, kind: StatementKind): void {
  if (kind.control && settingNeutral.has(kind.control)) return;
  if (/^(?:Listen|Unlisten|Notify|Lock|ClosePortal|Deallocate|VariableShow)Stmt$/.test(kind.node)) return;
  context.settings = undefined;
}

/** The settings once a transaction of ours around one statement is over: what the statement set for it alone is gone. */
export function settingsAfterOurs(
  before: SessionSettings | undefined,
  inside: SessionSettings | undefined,
): SessionSettings | undefined {
  return before && inside && areSame(before, inside) ? before : undefined;
}

/** Whether all of them have the same value. */
export function areSame(one: SessionSettings, other: SessionSettings): boolean {
  return (
    one.level === other.level &&
    one.lockTimeout === other.lockTimeout &&
    one.statementTimeout === other.statementTimeout &&
    one.searchPath === other.searchPath
  );
}

/** The client's level of messages, where the server has to be asked to say more about a statement than the client wants to hear. */
export function levelToRaise(context: Context, kind: StatementKind, transaction?: Transaction): string | undefined {
  const level = context.settings?.level;
  if (!kind.talkative || level === undefined || level.startsWith("debug")) return undefined;
  return runsLevelCode(context, kind, transaction) ? undefined : level;
}

/**
 * Gives the client's open transaction its own `client_min_messages` back, where it was left raised after the last
 * statement: for one that could notice, or that we do not know.
 */
export function lowerLevel({ asking, exchange, notices, transactions }: Context): Promise<unknown> | undefined {
  const transaction = transactions.current();
  if (transaction?.raisedFrom === undefined) return undefined;
  const lowering = exchange.status() === "T" ? asking.simple(loweringQuery(transaction.raisedFrom)) : undefined;
  transaction.raisedFrom = undefined;
  notices.lower();
  return lowering;
}

/** Gives a transaction its level back. */
export const loweringQuery = (level: string): string => `set local client_min_messages = ${level}`;

/** `lock_timeout` as far as it is known. */
export function lockTimeout({ settings }: Context): Pick<Surroundings, "lockTimeoutMs"> {
  return settings ? { lockTimeoutMs: durationMs(settings.lockTimeout) } : {};
}

/** `search_path` as far as it is known; from PostgreSQL 18 on the server reports it without being asked. */
export function searchPath({
  settings,
  exchange,
  notebook,
  startPath,
}: Context): Pick<RecordedStatement, "searchPath"> {
  const known =
    settings?.searchPath ?? exchange.parameter("search_path") ?? (notebook.evidence ? undefined : startPath);
  return known === undefined ? {} : { searchPath: known };
}
