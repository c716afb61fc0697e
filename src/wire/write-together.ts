import type { Socket } from "node:net";

/** More than this leaves by itself: copying it would cost more than a call of the kernel. In bytes. */
const maxGathered = 16_384;

/** Writes to one socket. */
export interface Writer {
  write(bytes: Buffer): void;
  /** What was written leaves now. */
  leave(): void;
}

/**
 * What is written until nothing is left to do at the moment leaves in one piece: each write is a call of the kernel, which
 * costs more than what is done here. `full`: the socket takes no more for now.
 */
export function together(socket: Socket, full: () => void): Writer {
  let gathered: Buffer[] = [];
  const send = (bytes: Buffer): void => {
    if (socket.destroyed || !socket.writable) return;
    // Where it has failed meanwhile, nothing is drained any more.
    if (!socket.write(bytes) && socket.writableNeedDrain) full();
  };
  const leave = (): void => {
    const [first] = gathered;
    if (!first) return;
    const bytes = gathered.length === 1 ? first : Buffer.concat(gathered);
    gathered = [];
    send(bytes);
  };
  return {
    leave,
    write(bytes) {
      if (bytes.length >= maxGathered) {
        leave();
        return send(bytes);
      }
      // The end of the promises that are settled now, and of those that they settle.
      if (gathered.length === 0) queueMicrotask(() => process.nextTick(leave));
      gathered.push(bytes);
    },
  };
}
