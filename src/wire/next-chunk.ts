import type { Socket } from "node:net";

/** What arrives next; `undefined` at the end. Nothing is read before it is asked for. */
export function nextChunk(socket: Socket): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const settle = (chunk?: Buffer): void => {
      socket.pause();
      socket.off("data", settle).off("end", settle).off("close", settle);
      resolve(chunk);
    };
    socket.once("data", settle).once("end", settle).once("close", settle);
    socket.resume();
  });
}
