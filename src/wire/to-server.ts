import type { Socket } from "node:net";
import type { Replies, Reply } from "./replies.ts";
import { together } from "./write-together.ts";

/** What goes to the server: the client's messages, and ours between them. */
export interface ToServer {
  /**
   * Sends messages, and registers the answers they will get; waits for the end of a message that is under way.
   * `unfinished` bytes of the last one are still to come, through `sendMore`.
   */
  send(bytes: Buffer, replies: readonly Reply[], unfinished?: number): void;
  /** Passes on more of a message that was begun, or COPY data. `missing` bytes of the last one are still to come. */
  sendMore(bytes: Buffer, missing: number): void;
  /** Whether a message to the server is unfinished: only its own bytes may follow. */
  midMessage(): boolean;
  endServer(): void;
  /** Stops or resumes reading from the client, which is not read either while the server does not read. */
  listen(listening: boolean): void;
}

/** Begins to read from the client. `closed`: whether the server is gone. */
export function createToServer(client: Socket, upstream: Socket, replies: Replies, closed: () => boolean): ToServer {
  const postponed: (() => void)[] = [];
  let missing = 0;
  let listening = true;
  let congested = false;
  const applyListening = (): void => void (listening && !congested ? client.resume() : client.pause());
  const { write, leave } = together(upstream, () => {
    congested = true;
    applyListening();
  });
  upstream.on("drain", () => {
    congested = false;
    applyListening();
  });

  const send: ToServer["send"] = (bytes, expected, unfinished = 0) => {
    if (missing > 0) return void postponed.push(() => send(bytes, expected, unfinished));
    if (closed()) return expected.forEach((reply) => reply.done("skipped"));
    replies.expect(expected);
    missing = unfinished;
    write(bytes);
  };
  return {
    send,
    sendMore(bytes, more) {
      missing = more;
      write(bytes);
      while (missing === 0 && postponed.length > 0) postponed.shift()?.();
    },
    midMessage: () => missing > 0,
    endServer() {
      leave();
      upstream.end();
    },
    listen(now) {
      listening = now;
      applyListening();
    },
  };
}
