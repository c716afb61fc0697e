import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { SecureContextOptions } from "node:tls";
import { nextChunk } from "./next-chunk.ts";
import { readStartupPacket } from "./startup-packet.ts";
import type { StartupPacket } from "./startup-packet.ts";

/** First byte of a TLS handshake, from clients that skip the question (`sslnegotiation=direct`). */
const tlsHandshake = 0x16;

/** A client that has said what it wants: a session, or the cancelling of another's statement. */
export interface Greeting {
  /** Encrypted when the client asked for it. Paused; unread bytes are put back into it. */
  readonly client: Socket;
  readonly packet: Exclude<StartupPacket, { kind: "tls" | "gss" }>;
}

/** Answers a client's questions about encryption until it says what it wants; `undefined` when it left before. */
export async function greet(
  accepted: Socket,
  certificate: () => Promise<SecureContextOptions>,
): Promise<Greeting | undefined> {
  let client = accepted;
  let bytes: Buffer = Buffer.alloc(0);
  for (;;) {
    const chunk = await nextChunk(client);
    if (!chunk) return undefined;
    bytes = Buffer.concat([bytes, chunk]);
    if (client === accepted && bytes[0] === tlsHandshake) {
      client.unshift(bytes);
      client = await secure(accepted, await certificate());
      bytes = Buffer.alloc(0);
      continue;
    }
    for (let read = readStartupPacket(bytes); read; read = readStartupPacket(bytes)) {
      const { packet, rest } = read;
      bytes = rest;
      if (packet.kind === "tls" && client === accepted) {
        // Bytes before the handshake could be an attacker's, made to look as if they had come encrypted.
        if (rest.length > 0) return void accepted.destroy();
        const context = await certificate();
        accepted.write("S");
        client = await secure(accepted, context);
      } else if (packet.kind === "tls" || packet.kind === "gss") client.write("N");
      else {
        if (rest.length > 0) client.unshift(rest);
        return { client, packet };
      }
    }
  }
}

function secure(socket: Socket, context: SecureContextOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const encrypted = new TLSSocket(socket, { ...context, isServer: true, ALPNProtocols: ["postgresql"] });
    encrypted.once("error", reject);
    encrypted.once("secure", () => {
      encrypted.off("error", reject);
      resolve(encrypted);
    });
  });
}
