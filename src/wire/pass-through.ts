import type { Socket } from "node:net";

/** Joins two sockets: each gets what the other sends, at the pace it can take, and the end of one ends the other. */
export function passThrough(client: Socket, upstream: Socket, first: Buffer): void {
  upstream.write(first);
  client.pipe(upstream);
  upstream.pipe(client);
  endTogether(client, upstream);
}

/** A socket that is gone takes the other with it, after what was already sent to it has left. */
function endTogether(client: Socket, upstream: Socket): void {
  client.once("close", () => (client.readableEnded ? upstream.end() : upstream.destroy()));
  upstream.once("close", () => client.destroySoon());
}
