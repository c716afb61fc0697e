import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "./conversation.ts";
import { noEvidence, watchedEvidence } from "./evidence.ts";
import type { SeenLock } from "./observer.ts";
import type { StatementEvidence } from "./recording.ts";
import { levelToRaise, lockTimeout, refreshSettings } from "./session-settings.ts";
import type { StatementKind } from "./statement-kind.ts";
import { sourceMayCommit } from "./transaction-place.ts";

/** Time between two looks at the locks of a backend, once it is clear that its statement takes its time. */
const intervalMs = 5;

/** The kind of a statement, after a look at the source of the procedure that it calls. */
export async function knownKind({ observer }: Context, kind: StatementKind): Promise<StatementKind> {
  if (kind.calls === undefined) return kind;
  const sources = await observer.procedures(kind.calls).catch(() => []);
  const harmless = sources.length > 0 && sources.every((source) => source !== null && !sourceMayCommit(source));
  return harmless ? { ...kind, place: "ordinary" } : kind;
}

/**
 * Runs a statement outside a transaction while an observer watches the locks of its backend. The server is asked to
 * say more in the meantime, for the session as there is no transaction, and asked to stop afterwards.
 */
export async function watchOutside<Ran extends { readonly said: readonly string[] }>(
  context: Context,
  kind: StatementKind,
  how: "simple" | "extended",
  run: () => Promise<Ran>,
): Promise<{ readonly ran: Ran; readonly evidence: StatementEvidence }> {
  const restore = await raiseLevel(context, kind, how);
  const watched = await watch(context, kind, run);
  await restore();
  return watched;
}

/** Asks the server to say more for the session; the function that comes back gives the level its value again. Idle connections only. */
export async function raiseLevel(
  context: Context,
  kind: StatementKind,
  how: "simple" | "extended",
): Promise<() => Promise<void>> {
  const { asking, notices, startLevel } = context;
  const ask = async (sql: string): Promise<string | null | undefined> =>
    (await (how === "simple" ? asking.simple(sql) : asking.extended([sql], "sync")))?.rows[0]?.[0];
  await refreshSettings(context, how, "sync");
  const level = levelToRaise(context, kind);
  if (level === undefined) return async () => {};
  await ask("set client_min_messages = debug1");
  notices.raise(level);
  return async () => {
    notices.lower();
    context.settings = undefined;
    // The statement may have changed it, and then it stays as it is.
    if (context.exchange.status() === "E" || (await ask("show client_min_messages")) !== "debug1") return;
    await ask(level === startLevel ? "reset client_min_messages" : `set client_min_messages = ${level}`);
  };
}

/** Runs a statement while an observer watches. */
export async function watch<Ran extends { readonly said: readonly string[] }>(
  context: Context,
  kind: StatementKind,
  run: () => Promise<Ran>,
): Promise<{ readonly ran: Ran; readonly evidence: StatementEvidence }> {
  const { observer } = context;
  const around = lockTimeout(context);
  if (kind.exclusive) await observer.release();
  const before = kind.exclusive ? undefined : await look(context);
  const watching = before ? await watchLocks(context) : undefined;
  const ran = await run();
  const seen = await watching?.stop();
  context.settings = undefined;
  context.transactions.uncounted = true;
  observer.forget();
  const surroundings = { said: ran.said, ...around };
  if (kind.exclusive)
    return { ran, evidence: noEvidence("Nobody else may be connected to the database while it runs.", surroundings) };
  const after = before && (await look(context));
  if (!before || !after || !seen)
    return { ran, evidence: noEvidence("The database could not be watched.", surroundings) };
  const reason =
    kind.place === "committing"
      ? "It may commit while it runs; it was watched from outside."
      : "It cannot run in a transaction; it was watched from outside.";
  return {
    ran,
    evidence: watchedEvidence(seen, before.relations, after.relations, reason, {
      ...surroundings,
      walBytes: after.wal - before.wal,
    }),
  };
}

async function look({
  observer,
}: Context): Promise<
  { readonly relations: Awaited<ReturnType<typeof observer.userRelations>>; readonly wal: number } | undefined
> {
  try {
    const relations = await observer.userRelations();
    const { wal } = await observer.mark();
    return { relations, wal };
  } catch {
    return undefined;
  }
}

interface LockWatch {
  /** What was seen, or nothing when it could not be seen. */
  stop(): Promise<readonly SeenLock[] | undefined>;
}

/** Watches closely at first, when short statements come and go, and then from time to time. Resolves when it has begun. */
async function watchLocks({ observer, processId }: Context): Promise<LockWatch> {
  const seen = new Map<string, SeenLock>();
  const note = (lock: SeenLock): void => void seen.set(`${lock.oid} ${lock.mode}`, lock);
  let stopped = false;
  let failed = false;
  let begun = (): void => {};
  const watching = new Promise<void>((resolve) => (begun = resolve));
  const looking = (async () => {
    await observer.watch(processId(), begun, note).catch(() => {});
    begun();
    while (!stopped && !failed) {
      try {
        for (const lock of await observer.locksOf(processId())) note(lock);
      } catch {
        failed = true;
      }
      await sleep(intervalMs);
    }
  })();
  await watching;
  return {
    async stop() {
      stopped = true;
      await looking;
      return failed ? undefined : [...seen.values()];
    },
  };
}
