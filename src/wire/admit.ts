import { timingSafeEqual } from "node:crypto";
import type { Socket } from "node:net";
import type { GuardedSession } from "./guard.ts";
import { fromClient } from "./message-types.ts";
import { message } from "./messages.ts";
import { nextChunk } from "./next-chunk.ts";

/** No password of ours is longer. */
const longestMessage = 1_000;

/**
 * Asks a client for a password in the clear, which every client library can answer; the way to it is this machine's own.
 * `undefined` when the client left. Unread bytes are put back.
 */
export async function askPassword(client: Socket): Promise<string | undefined> {
  client.write(authentication(3));
  let bytes: Buffer = Buffer.alloc(0);
  while (bytes.length < 5 || bytes.length < bytes.readInt32BE(1) + 1) {
    const chunk = await nextChunk(client);
    if (!chunk) return undefined;
    bytes = Buffer.concat([bytes, chunk]);
    if (bytes.length >= 5 && (bytes[0] !== fromClient.password || bytes.readInt32BE(1) > longestMessage))
      return undefined;
  }
  const length = bytes.readInt32BE(1) + 1;
  if (bytes.length > length) client.unshift(bytes.subarray(length));
  return bytes.toString("utf8", 5, length - 1);
}

/** Whether two passwords are the same, in a time that tells nothing. */
export function samePassword(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** What a server says to a client that it lets in, up to its first ReadyForQuery; `packet` is the client's first one. */
export function greeting({ parameters, processId, secret }: GuardedSession, packet: Buffer): Buffer {
  const key = Buffer.alloc(4);
  key.writeInt32BE(processId);
  return Buffer.concat([
    ...newerThanOurs(packet),
    authentication(0),
    ...[...parameters].map(([name, value]) => message("S", name, value)),
    message("K", key, secret),
    message("Z", Buffer.from("I")),
  ]);
}

/** A client that would like a newer protocol hears that this is 3.0, and goes on with that. */
function newerThanOurs(packet: Buffer): Buffer[] {
  if (packet.readInt32BE(4) === 196_608 && !packet.includes("_pq_.")) return [];
  const options = packet
    .toString("utf8", 8)
    .split("\0")
    .filter((word, index) => index % 2 === 0 && word.startsWith("_pq_."));
  const numbers = Buffer.alloc(8);
  numbers.writeInt32BE(196_608, 0);
  numbers.writeInt32BE(options.length, 4);
  return [message("v", numbers, ...options)];
}

function authentication(kind: number): Buffer {
  const body = Buffer.alloc(4);
  body.writeInt32BE(kind);
  return message("R", body);
}
