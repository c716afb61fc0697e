import type { Line } from "./conversation.ts";
import { fromServer } from "./message-types.ts";
import { commandTag } from "./messages.ts";
import { executed } from "./replies.ts";
import type { Reply, ReplyOutcome } from "./replies.ts";
import { createRowDigest } from "./row-digest.ts";

/** What came back for one message of an extended query. */
export interface Passed {
  readonly outcome: ReplyOutcome;
  readonly tag?: string;
  readonly rows?: number;
  /** SHA-256 of the rows that came, hexadecimal; where that was wanted. */
  readonly result?: string;
  readonly failure?: Buffer;
  /** What the server said at `DEBUG1`. */
  readonly said: string[];
  readonly durationMs: number;
  /** Whether rows are still to come, when the client asks for them. */
  readonly suspended: boolean;
}

const { commandComplete, dataRow, errorResponse, noticeResponse, portalSuspended, readyForQuery } = fromServer;

/** Passes a message on, and what comes back, ReadyForQuery apart. */
export function passMessage(
  { exchange, notices }: Line,
  to: Reply["to"],
  bytes: Buffer,
  options: {
    /** How many bytes of it are still to come. */
    readonly more?: number;
    /** Whether the end of the answer to Execute is kept back, until it is known that it counts. */
    hold?(): boolean;
    /** Whether its rows are digested. Default: false. */
    readonly digests?: boolean;
    /** The server has refused it. */
    failing?(): void;
  } = {},
): Promise<Passed> {
  return new Promise((resolve) => {
    const began = performance.now();
    const said: string[] = [];
    let failure: Buffer | undefined;
    let tag: Pick<Passed, "tag" | "rows"> = {};
    let suspended = false;
    const digest = options.digests ? createRowDigest(exchange) : undefined;
    const reply: Reply = {
      to,
      for: digest ? "headgate" : "client",
      on({ type, bytes: answer }) {
        if (type === noticeResponse) return notices.pass(answer, said);
        if (type === readyForQuery) return;
        if (type === errorResponse) {
          failure = answer;
          options.failing?.();
        }
        if (type === dataRow) digest?.add(answer);
        if (type === commandComplete) tag = commandTag(answer);
        suspended ||= type === portalSuspended;
        if (executed.has(type) && options.hold?.()) exchange.hold(answer);
        else exchange.put(answer);
      },
      done: (outcome) =>
        resolve({
          outcome,
          said,
          suspended,
          ...tag,
          ...(digest && { result: digest.take() }),
          durationMs: performance.now() - began,
          ...(failure && { failure }),
        }),
    };
    exchange.send(bytes, [reply], options.more);
  });
}

/** Sets or deletes a name before the server has agreed; the function that comes back is for when it has not. */
export function assume<Value>(names: Map<string, Value>, name: string, value: Value | undefined): () => void {
  const before = names.get(name);
  const set = (now: Value | undefined): void => void (now === undefined ? names.delete(name) : names.set(name, now));
  set(value);
  return () => set(before);
}
