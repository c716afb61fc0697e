import type { Socket } from "node:net";
import { together } from "./write-together.ts";

/** What goes to the client, in order; some of it may be kept back until it is known whether it counts. */
export interface ToClient {
  /** Kept back while something is on hold. */
  put(bytes: Buffer): void;
  /** What was put leaves now. */
  leave(): void;
  /** Keeps back this and everything after it. */
  hold(bytes: Buffer): void;
  /** Whether something is kept back. */
  holding(): boolean;
  /** Puts out what was kept back, after `first`. */
  release(...first: readonly Buffer[]): void;
  /** Forgets what was kept back. */
  discardHeld(): void;
}

/** Where the client does not read, `upstream` is not read either. */
export function createToClient(client: Socket, upstream: Socket): ToClient {
  let held: Buffer[] | undefined;
  const writer = together(client, () => upstream.pause());
  client.on("drain", () => upstream.resume()).once("close", () => upstream.resume());
  const put = (bytes: Buffer): void => {
    if (held) held.push(bytes);
    else writer.write(bytes);
  };
  return {
    put,
    leave: writer.leave,
    hold(bytes) {
      held ??= [];
      held.push(bytes);
    },
    holding: () => held !== undefined,
    release(...first) {
      const kept = held ?? [];
      held = undefined;
      for (const bytes of [...first, ...kept]) put(bytes);
    },
    discardHeld() {
      held = undefined;
    },
  };
}
