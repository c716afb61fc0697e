import type { Socket } from "node:net";

/** What is written until nothing is left to do at the moment leaves in one piece: each write is a call of the kernel, which costs more than what is done here. */
export function together(socket: Socket): () => void {
  let gathering = false;
  const leave = (): void => {
    gathering = false;
    socket.uncork();
  };
  return () => {
    if (gathering) return;
    gathering = true;
    socket.cork();
    // The end of the promises that are settled now, and of those that they settle.
    queueMicrotask(() => process.nextTick(leave));
  };
}
