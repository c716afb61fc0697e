import type { GuardContext } from "./guard-context.ts";
import { settingsChange } from "./guard-context.ts";
import type { GuardedText, Judgement } from "./guarded-statement.ts";
import { durationMs } from "./probe.ts";
import { mayBlock, timeoutsFor } from "./statement-limits.ts";
import type { Timeouts } from "./statement-limits.ts";

/**
 * Where settings are changed for one statement: in an open transaction block, in the transaction of a pipeline that no
 * block is around, or for the session while none is open.
 */
export type Scope = "block" | "pipeline" | "session";

const settings = { lockTimeoutMs: "lock_timeout", statementTimeoutMs: "statement_timeout" } as const;
const names = Object.keys(settings) as (keyof Timeouts)[];
const shows = names.map((name) => `show ${settings[name]}`);
const unchanged = async (): Promise<void> => {};

/**
 * Puts the limits of a statement of the plan in force, and names the revision to those who look at the server's
 * activity. The function that comes back gives the settings back their values, once the statement has ended.
 */
export async function limit(
  context: GuardContext,
  text: GuardedText,
  judgement: Judgement,
  how: "simple" | "extended",
  scope: Scope,
): Promise<() => Promise<void>> {
  const { asking, exchange, guard } = context;
  if (judgement.kind !== "planned" || judgement.done) return unchanged;
  const ask = async (queries: readonly string[]): Promise<readonly (readonly (string | null)[])[]> =>
    queries.length === 0
      ? []
      : how === "simple"
        ? (await asking.simple(queries.join("; "))).rows
        : ((await asking.extended(queries, scope === "session" ? "sync" : "flush"))?.rows ?? []);
  const set = (name: string, value: string | number, local = scope !== "session"): string =>
    scope === "pipeline"
      ? `select pg_catalog.set_config('${name}', '${value}', ${local})`
      : `set ${local ? "local " : ""}${name} = '${value}'`;

  const { revision } = guard.order ?? {};
  const naming = revision !== undefined && context.named !== revision ? [sessionName(revision)] : [];
  context.timeouts ??= readTimeouts(await ask(shows));
  const own = context.timeouts;
  if (!own) return unchanged;
  const { blocks } = judgement.statement;
  const wanted = timeoutsFor({ ...text, ...(blocks !== undefined && { blocks }) }, context.transaction, guard.limits, {
    set: own,
    initial: guard.initial,
    own: guard.own,
  });
  const differing = names.filter((name) => wanted[name] !== own[name]);
  await ask([
    ...naming.map((name) => set("application_name", name, false)),
    ...differing.map((name) => set(settings[name], wanted[name])),
  ]);
  context.named = revision;
  if (context.transaction) context.transaction.blocks ||= blocks ?? mayBlock(text.kind, text.sql);
  if (differing.length === 0) return unchanged;
  return async () => {
    if (exchange.closed() || exchange.skipping() || exchange.status() === "E") return;
    // What the statement itself has set stays.
    const now = settingsChange(text) ? readTimeouts(await ask(shows)) : wanted;
    await ask(
      differing
        .filter((name) => now?.[name] === wanted[name])
        .map((name) =>
          scope === "session" && own[name] === guard.initial[name]
            ? `reset ${settings[name]}`
            : set(settings[name], own[name]),
        ),
    );
  };
}

function readTimeouts(rows: readonly (readonly (string | null)[])[]): Timeouts | undefined {
  const [lock, statement] = rows.map(([value]) => value);
  if (!lock || !statement) return undefined;
  return { lockTimeoutMs: durationMs(lock), statementTimeoutMs: durationMs(statement) };
}

/** PostgreSQL cuts a name after 63 bytes. */
const longestName = 63;

/** What `application_name` says while a revision runs; no character of it needs quoting. */
function sessionName(revision: string): string {
  return `headgate ${revision}`.replaceAll(/[^\w .:+-]/g, "?").slice(0, longestName);
}
