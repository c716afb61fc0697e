import type { Socket } from "node:net";
import { courseOf } from "../sql/course.ts";
import { nothingTold } from "../sql/told.ts";
import { type Conversation, type Flow, converse } from "./conversation.ts";
import type { GuardContext, GuardState } from "./guard-context.ts";
import { tellTransaction, telling } from "./guard-telling.ts";
import type { GuardedSession } from "./guard.ts";
import { guardedExtended } from "./guarded-extended.ts";
import { guardedSimple } from "./guarded-simple.ts";
import type { Timeouts } from "./statement-limits.ts";

/** A client's session with the server, with the guard between them. */
export interface JoinedSession {
  readonly conversation: Conversation;
  readonly context: GuardContext;
  /** Whether one of the client's messages is being answered. */
  readonly busy: () => boolean;
  /** Ends it, whatever it does; resolves when the server has let it go. */
  leave(): Promise<void>;
  readonly cancel: () => Promise<void>;
}

/** How long the server may take to give a session up that has been cancelled, in milliseconds. */
const patienceMs = 10_000;

/**
 * Joins a client with a session that has been opened for it. What the server says waits until its socket is resumed.
 * @param timeouts in effect in it; absent: not known
 * @param closed called when it is over
 */
export function joinSession(
  client: Socket,
  upstream: GuardedSession,
  guard: GuardState,
  timeouts: Timeouts | undefined,
  closed: () => void,
): JoinedSession {
  const { socket } = upstream;
  socket.on("error", () => socket.destroy());
  const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  let busy = false;
  let working: Promise<void> = Promise.resolve();
  let context: GuardContext | undefined;
  const conversation = converse({
    client,
    upstream: socket,
    startup: Buffer.alloc(0),
    flows(line) {
      const guarded: GuardContext = {
        ...line,
        guard,
        transaction: undefined,
        timeouts,
        inForce: undefined,
        changedSettings: false,
        course: courseOf(nothingTold),
        named: undefined,
      };
      context = guarded;
      const whileBusy =
        (flow: Flow): Flow =>
        (frame) => {
          const work = flow(frame);
          if (!work) return undefined;
          busy = true;
          return (working = work.finally(() => (busy = false)));
        };
      return {
        simple: whileBusy(guardedSimple(guarded)),
        extended: whileBusy(guardedExtended(guarded)),
        closed() {
          closed();
          // What is under way tells its own end.
          if (!busy) void telling(guarded, () => tellTransaction(guarded, "rolled back"));
        },
      };
    },
  });
  // A client that is gone waits for nothing: what it began shall not go on without it.
  const left = (): void => void (busy && upstream.cancel());
  client.once("end", left).once("close", left);
  return {
    conversation,
    context: context as unknown as GuardContext,
    busy: () => busy,
    cancel: upstream.cancel,
    async leave() {
      client.destroy();
      const patience = setTimeout(() => socket.destroy(), patienceMs);
      await gone;
      clearTimeout(patience);
      await working;
    },
  };
}
