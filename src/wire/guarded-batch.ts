import { announceStatement, noteError, tellStatement, telling } from "./guard-telling.ts";
import { judgeAll, refuse, refusedText } from "./guard-refusal.ts";
import type { GuardContext } from "./guard-context.ts";
import { type GuardedText, commandWords } from "./guarded-statement.ts";
import { fromServer } from "./message-types.ts";
import { message } from "./messages.ts";
import { type Passed, passMessage } from "./pass-message.ts";
import type { Reply } from "./replies.ts";
import { statementError } from "./statement-error.ts";

/** A statement that the client had parsed; one of its portals may be in use. */
export interface GuardedPrepared {
  readonly text: GuardedText;
  /** Whether the server has something harmless in its place, as an earlier run has finished it. */
  readonly replaced: boolean;
  /** Why it may be described and not run. */
  readonly foreign?: string;
}

/** A statement that is bound to its values. */
export interface GuardedPortal extends GuardedPrepared {
  /** Whether rows of it are still to come: what runs next is the rest of it. */
  suspended: boolean;
}

/** What a guarded client's extended queries have come to. A batch is what it sends up to its Sync; names outlive it. */
export interface GuardedBatch {
  readonly statements: Map<string, GuardedPrepared>;
  readonly portals: Map<string, GuardedPortal>;
  /** Gives the session's settings back their values after the batch. */
  restore: (() => Promise<void>) | undefined;
  /** Whether a message of the batch has run a statement. */
  executed: boolean;
  /** Whether the batch has begun, and whether an error has ended it. */
  begun: boolean;
  failed: boolean;
  /** Whether what the batch ran outside a block is committed with its Sync, and not by itself before. */
  together: boolean;
  /** The client's transaction block as of the last statement, in the letters of ReadyForQuery. */
  block: "I" | "T" | "E";
  /** The statement that is being run; and those of the batch that the server refused to parse or to bind. */
  running: GuardedText | undefined;
  readonly unsound: Set<GuardedText>;
  /** The last answer that is still to come. */
  pending: Promise<unknown>;
  /** Tells about what the server refused before it could run. */
  settling: Promise<void>;
}

/** Before the first message. */
export function emptyGuardedBatch(): GuardedBatch {
  return {
    statements: new Map(),
    portals: new Map(),
    restore: undefined,
    executed: false,
    begun: false,
    failed: false,
    together: true,
    block: "I",
    running: undefined,
    unsound: new Set(),
    pending: Promise.resolve(),
    settling: Promise.resolve(),
  };
}

/** Passes a message of the batch on. */
export function passGuarded(
  context: GuardContext,
  batch: GuardedBatch,
  to: Reply["to"],
  bytes: Buffer,
  options: { readonly more?: number; readonly digests?: boolean } = {},
): Promise<Passed> {
  const passed = passMessage(context, to, bytes, { ...options, failing: () => (batch.failed = true) });
  batch.pending = passed.then(({ failure }) => failure && noteError(context, failure));
  return passed;
}

/** In the place of a message: the transaction fails, and the server passes over everything up to the next Sync. */
export function refuseGuarded(
  context: GuardContext,
  batch: GuardedBatch,
  text: GuardedText | undefined,
  why: string,
): void {
  const refusal = refuse(context, text ? commandWords(text) : "the end of a transaction", why);
  context.exchange.send(message("P", "", refusedText, Buffer.alloc(2)), [
    {
      to: "parse",
      for: "headgate",
      on({ type }) {
        if (type !== fromServer.errorResponse) return;
        batch.failed = true;
        context.exchange.put(refusal);
      },
      done: () => {},
    },
  ]);
}

/** What the server refuses before it could run has had its turn. @param undo takes its name back */
export function settleGuarded(
  context: GuardContext,
  batch: GuardedBatch,
  text: GuardedText | undefined,
  { outcome, failure }: Passed,
  undo: () => void,
): void {
  if (outcome === "done") return;
  undo();
  if (text && failure) batch.unsound.add(text);
  if (text === batch.running) return;
  if (!text || !failure || text.control) return;
  const [judgement] = judgeAll(context, [text], batch.block, "goes on");
  if (judgement?.kind !== "planned") return;
  batch.settling = telling(context, async () => {
    await announceStatement(context, text, judgement, true);
    await tellStatement(context, judgement, "failed", { sqlState: statementError(failure).sqlState });
  });
}
