import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** When a network fails: a message is lost, arrives in part, arrives and its answer is lost, or everything is swallowed. */
export type Fault = "before" | "half" | "after" | "silence";

/** A network between a client and a server. */
export interface Relay extends AsyncDisposable {
  readonly port: number;
  /** Fails once, at the first packet to the server that holds this text. */
  failAt(text: string, fault: Fault): void;
}

/** Starts one that leads to a port of this machine. */
export async function startRelay(to: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  let needle: string | undefined;
  let fault: Fault = "before";
  const listener = createServer((client) => {
    const server = connect(to, "127.0.0.1");
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.once("close", () => {
        sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    let mute = false;
    const cut = (): void => {
      client.destroy();
      server.destroy();
    };
    client.on("data", (bytes: Buffer) => {
      if (mute) return;
      if (needle === undefined || !bytes.includes(needle)) return void server.write(bytes);
      needle = undefined;
      mute = true;
      if (fault === "before") cut();
      if (fault === "half") server.write(bytes.subarray(0, bytes.length / 2), cut);
      if (fault === "after") server.write(bytes);
    });
    server.on("data", (bytes: Buffer) => {
      if (!mute) client.write(bytes);
      else if (fault === "after") cut();
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  return {
    port: (listener.address() as AddressInfo).port,
    failAt(text, kind) {
      needle = text;
      fault = kind;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => listener.close(() => resolve()));
    },
  };
}
