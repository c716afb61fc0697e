import type { GuardContext } from "./guard-context.ts";
import { settingsChange } from "./guard-settings.ts";
import type { GuardedText, Judgement } from "./guarded-statement.ts";
import { durationMs } from "./probe.ts";
import { type Timeouts, timeoutsFor } from "./statement-limits.ts";

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
 * activity. The function that comes back gives the settings back their values, once the statement has ended; in a
 * transaction block that waits for `loosen`, as the next statement mostly wants the same.
 */
export async function limit(
  context: GuardContext,
  text: GuardedText,
  judgement: Judgement,
  how: "simple" | "extended",
  scope: Scope,
  /** Whether it, or what comes with it, may change the settings itself. */
  changes = settingsChange(text),
): Promise<() => Promise<void>> {
  const { guard } = context;
  if (judgement.kind !== "planned" || judgement.done) return unchanged;
  const ask = asker(context, how, scope);
  const { revision } = guard.order ?? {};
  const naming = revision !== undefined && context.named !== revision ? [sessionName(guard.name, revision)] : [];
  context.timeouts ??= readTimeouts(await ask(shows));
  const own = context.timeouts;
  if (!own) return unchanged;
  const { blocks } = judgement.statement;
  const wanted = timeoutsFor({ ...text, ...(blocks !== undefined && { blocks }) }, context.transaction, guard.limits, {
    set: own,
    initial: guard.initial,
    own: guard.own,
  });
  const lasts = scope === "block" && !changes;
  if (!lasts) await loosen(context, how, scope);
  const before = context.inForce ?? own;
  await ask([
    ...naming.map((name) => setting("application_name", name, scope, false)),
    ...names
      .filter((name) => wanted[name] !== before[name])
      .map((name) => setting(settings[name], wanted[name], scope)),
  ]);
  context.named = revision;
  const differing = names.filter((name) => wanted[name] !== own[name]);
  if (lasts) context.inForce = differing.length > 0 ? wanted : undefined;
  if (lasts || differing.length === 0) return unchanged;
  return async () => {
    if (isOver(context)) return void (context.timeouts = undefined);
    // What the statement itself has set stays.
    const now = changes ? readTimeouts(await ask(shows)) : wanted;
    await ask(
      differing.filter((name) => now?.[name] === wanted[name]).map((name) => givenBack(context, name, own, scope)),
    );
  };
}

/** Gives the settings back the values that the migration gave them, if the guard has put others in their place. */
export async function loosen(context: GuardContext, how: "simple" | "extended", scope: Scope): Promise<void> {
  const { inForce, timeouts: own } = context;
  context.inForce = undefined;
  if (!inForce || !own || isOver(context)) return;
  const differing = names.filter((name) => inForce[name] !== own[name]);
  await asker(context, how, scope)(differing.map((name) => givenBack(context, name, own, scope)));
}

function givenBack({ guard }: GuardContext, name: keyof Timeouts, own: Timeouts, scope: Scope): string {
  return scope === "session" && own[name] === guard.initial[name]
    ? `reset ${settings[name]}`
    : setting(settings[name], own[name], scope);
}

/** Nothing can be asked any more, and a rollback gives the settings back their values. */
function isOver({ exchange }: GuardContext): boolean {
  return exchange.closed() || exchange.skipping() || exchange.status() === "E";
}

function asker(
  { asking }: GuardContext,
  how: "simple" | "extended",
  scope: Scope,
): (queries: readonly string[]) => Promise<readonly (readonly (string | null)[])[]> {
  return async (queries) => {
    if (queries.length === 0) return [];
    if (how === "simple") return (await asking.simple(queries.join("; "))).rows;
    return (await asking.extended(queries, scope === "session" ? "sync" : "flush"))?.rows ?? [];
  };
}

function setting(name: string, value: string | number, scope: Scope, local = scope !== "session"): string {
  return scope === "pipeline"
    ? `select pg_catalog.set_config('${name}', '${value}', ${local})`
    : `set ${local ? "local " : ""}${name} = '${value}'`;
}

function readTimeouts(rows: readonly (readonly (string | null)[])[]): Timeouts | undefined {
  const [lock, statement] = rows.map(([value]) => value);
  if (!lock || !statement) return undefined;
  return { lockTimeoutMs: durationMs(lock), statementTimeoutMs: durationMs(statement) };
}

/** PostgreSQL cuts a name after 63 bytes. */
const longestName = 63;

/** What `application_name` says while a revision runs; no character of it needs quoting. */
function sessionName(name: string, revision: string): string {
  return `${name} ${revision}`.replaceAll(/[^\w .:+-]/g, "?").slice(0, longestName);
}
