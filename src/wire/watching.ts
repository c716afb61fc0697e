import { setTimeout as sleep } from "node:timers/promises";
import type { LockMode } from "../postgres/lock-modes.ts";
import type { Context } from "./conversation.ts";
import { noEvidence, watchedEvidence } from "./evidence.ts";
import { lockTimeout, refreshSettings, talks } from "./probing.ts";
import type { StatementEvidence } from "./recording.ts";
import type { StatementKind } from "./statement-kind.ts";

/** Time between two looks at the locks of a backend; the first ones follow each other at once. */
const intervalMs = 5;
const eagerMs = 50;

/**
 * Runs a statement outside a transaction while an observer watches the locks of its backend. The server is asked to
 * say more in the meantime, for the session as there is no transaction, and asked to stop afterwards.
 */
export async function watchOutside<Ran extends { readonly said: readonly string[] }>(
  context: Context,
  kind: StatementKind,
  run: () => Promise<Ran>,
): Promise<{ readonly ran: Ran; readonly evidence: StatementEvidence }> {
  const { asking, notices, observer, settings: known } = context;
  if (!known) await refreshSettings(context, "simple");
  const { settings } = context;
  const around = lockTimeout(context);
  const speaks = talks(kind, settings);
  if (kind.exclusive) await observer.release();
  const before = kind.exclusive ? undefined : await look(context);
  if (speaks && settings) {
    await asking.simple("set client_min_messages = debug1");
    notices.raise(settings.level);
  }
  const watch = before ? watchLocks(context) : undefined;
  const ran = await run();
  const seen = await watch?.stop();
  notices.lower();
  if (speaks && settings && context.exchange.status() === "I") await restoreLevel(context, settings.level);
  context.settings = undefined;
  observer.forget();
  if (kind.exclusive)
    return {
      ran,
      evidence: noEvidence("Nobody else may be connected to the database while it runs.", { ...ran, ...around }),
    };
  const after = before && (await look(context));
  if (!before || !after || !seen)
    return { ran, evidence: noEvidence("The database could not be watched.", { ...ran, ...around }) };
  const reason =
    kind.place === "committing"
      ? "It may commit while it runs; it was watched from outside."
      : "It cannot run in a transaction; it was watched from outside.";
  return {
    ran,
    evidence: watchedEvidence(seen, before.relations, after.relations, reason, {
      said: ran.said,
      ...around,
      walBytes: Number(after.wal - before.wal),
    }),
  };
}

/** Gives `client_min_messages` back its value for the session, unless the client's statement changed it. */
async function restoreLevel({ asking, startLevel }: Context, level: string): Promise<void> {
  const answer = await asking.simple("show client_min_messages");
  if (answer.rows[0]?.[0] !== "debug1") return;
  await asking.simple(level === startLevel() ? "reset client_min_messages" : `set client_min_messages = ${level}`);
}

async function look({
  observer,
}: Context): Promise<
  { readonly relations: Awaited<ReturnType<typeof observer.userRelations>>; readonly wal: bigint } | undefined
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
  stop(): Promise<readonly { readonly oid: number; readonly mode: LockMode }[] | undefined>;
}

function watchLocks({ observer, processId }: Context): LockWatch {
  const seen = new Map<string, { readonly oid: number; readonly mode: LockMode }>();
  const began = performance.now();
  let stopped = false;
  let failed = false;
  const watching = (async () => {
    while (!stopped && !failed) {
      try {
        for (const lock of await observer.locksOf(processId())) seen.set(`${lock.oid} ${lock.mode}`, lock);
      } catch {
        failed = true;
      }
      if (performance.now() - began > eagerMs) await sleep(intervalMs);
    }
  })();
  return {
    async stop() {
      stopped = true;
      await watching;
      return failed ? undefined : [...seen.values()];
    },
  };
}
