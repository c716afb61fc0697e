import type { Frame } from "./framing.ts";
import { fromServer } from "./message-types.ts";

/** How the answer to one message ended: `skipped` when the server passed over the message after an earlier error. */
export type ReplyOutcome = "done" | "failed" | "skipped";

/** The answer that one message to the server will get; answers come in the order of the messages. */
export interface Reply {
  /** What the message was, which decides which message of the server's ends the answer. */
  readonly to: "query" | "function" | "sync" | "parse" | "bind" | "describe" | "execute" | "close";
  /** `client`: the bulk of it (rows, COPY data) goes straight to the client. `headgate`: all of it comes to `on`. */
  readonly for: "client" | "headgate";
  /** Each message of it, the last and notices included; what is meant for the client must be put out from here. */
  on(frame: Frame): void;
  done(outcome: ReplyOutcome): void;
}

/** The answers that are still to come from one server. */
export interface Replies {
  /** The one that is under way. */
  current(): Reply | undefined;
  /** Whether the server passes over everything until the next Sync. */
  skipping(): boolean;
  /** Messages are sent that will be answered so. */
  expect(replies: readonly Reply[]): void;
  /** Gives a message of the server's to the answer that is under way, and ends that with it where it is the last. */
  take(frame: Frame): void;
  /** Nothing comes any more. */
  abandon(): void;
}

const { commandComplete, emptyQueryResponse, errorResponse, portalSuspended, readyForQuery } = fromServer;

/** What ends an answer to a message, apart from an error. */
const ends: Readonly<Record<Reply["to"], ReadonlySet<number>>> = {
  query: new Set([readyForQuery]),
  function: new Set([readyForQuery]),
  sync: new Set([readyForQuery]),
  parse: new Set([fromServer.parseComplete]),
  bind: new Set([fromServer.bindComplete]),
  describe: new Set([fromServer.rowDescription, fromServer.noData]),
  execute: new Set([commandComplete, portalSuspended, emptyQueryResponse]),
  close: new Set([fromServer.closeComplete]),
};

/** How the answer to Execute ends, when nothing fails. */
export const executed = ends.execute;

/** None yet. */
export function createReplies(): Replies {
  const replies: Reply[] = [];
  let skipping = false;

  /** After an error in an extended query, the server answers nothing before the next Sync. */
  const skipToSync = (): void => {
    while (replies.length > 0 && replies[0]?.to !== "sync") replies.shift()?.done("skipped");
    skipping = replies.length === 0;
  };

  return {
    current: () => replies[0],
    skipping: () => skipping,
    expect(expected) {
      for (const reply of expected) {
        if (skipping && reply.to !== "sync") reply.done("skipped");
        else replies.push(reply);
        if (reply.to === "sync") skipping = false;
      }
    },
    take(frame) {
      const [reply] = replies;
      const { type } = frame;
      if (!reply) return;
      if (type === readyForQuery) skipping = false;
      reply.on(frame);
      if (type === errorResponse && !ends[reply.to].has(readyForQuery)) {
        replies.shift();
        skipToSync();
        reply.done("failed");
      } else if (ends[reply.to].has(type)) {
        replies.shift();
        reply.done("done");
      }
    },
    abandon() {
      for (const reply of replies.splice(0)) reply.done("skipped");
    },
  };
}
