import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SecureContextOptions } from "node:tls";
import { selfSignedCertificate } from "./certificate.ts";
import { greet } from "./greet.ts";
import type { Greeting } from "./greet.ts";
import type { Guard } from "./guard.ts";
import { passThrough } from "./pass-through.ts";
import type { Recorder } from "./recorder.ts";
import { connectToServer } from "./server-socket.ts";
import type { ServerAddress } from "./server-socket.ts";

/** What a proxy stands in front of, and what it does there. */
export type ProxyOptions =
  /** Without a recorder, bytes are passed through and nothing is looked at. */
  | { readonly server: ServerAddress; readonly recorder?: Recorder }
  /** The guard logs in at the server itself. */
  | { readonly guard: Guard };

/**
 * A PostgreSQL server to its clients, with another server behind it. Disposing it ends every connection through it
 * and removes its socket.
 */
export interface Proxy extends AsyncDisposable {
  /** Always `127.0.0.1`. */
  readonly host: string;
  readonly port: number;
  /**
   * Listens on a Unix socket as well, and gives its directory, to be given as host; the port is the same. Only this account
   * can enter it. It stays behind when this process is killed.
   */
  openSocket(): Promise<string>;
}

/**
 * Starts a proxy on a free port of 127.0.0.1.
 *
 * Authentication is between client and server, except before a guard. A client that talks TLS to the proxy cannot bind SCRAM to that channel
 * (`channel_binding=require`): the server does not offer it on the plain connection behind.
 * @throws Error when it cannot listen
 */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let certificate: Promise<SecureContextOptions> | undefined;

  const accept = async (accepted: Socket): Promise<void> => {
    track(accepted, sockets);
    accepted.setNoDelay(true);
    const greeting = await greet(accepted, () => (certificate ??= selfSignedCertificate()));
    if (!greeting) return;
    const { client, packet } = greeting;
    if (client !== accepted) track(client, sockets);
    if ("guard" in options) return guarded(options.guard, client, packet);
    const { server, recorder } = options;
    const upstream = connectToServer(server);
    track(upstream, sockets);
    if (packet.kind === "startup" && recorder && !packet.parameters.has("replication"))
      return recorder.attach({ client, upstream, startup: packet });
    if (packet.kind === "cancel" && recorder) await recorder.beforeCancel(packet, upstream);
    passThrough(client, upstream, packet.bytes);
  };

  const listener = (): Server =>
    createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
      accept(socket).catch(() => socket.destroy());
    });
  const tcp = listener();
  await listen(tcp, { host: "127.0.0.1", port: 0 });
  const { port } = tcp.address() as AddressInfo;
  let local: { readonly server: Server; readonly directory: string } | undefined;

  return {
    host: "127.0.0.1",
    port,
    async openSocket() {
      const directory = await mkdtemp(join(tmpdir(), "headgate-"));
      await chmod(directory, 0o700);
      local = { server: listener(), directory };
      await listen(local.server, { path: join(directory, `.s.PGSQL.${port}`) });
      return directory;
    },
    async [Symbol.asyncDispose]() {
      const closed = Promise.all([close(tcp), local && close(local.server)]);
      if ("guard" in options) await options.guard.release();
      for (const socket of sockets) socket.destroy();
      await closed;
      if ("recorder" in options) await options.recorder?.release();
      if (local) await rm(local.directory, { recursive: true, force: true });
    },
  };
}

/** Nothing but sessions and requests to cancel gets past a guard. */
async function guarded(guard: Guard, client: Socket, packet: Greeting["packet"]): Promise<void> {
  if (packet.kind === "startup") return guard.attach(client, packet);
  if (packet.kind === "cancel") await guard.cancel(packet);
  client.end();
}

function track(socket: Socket, sockets: Set<Socket>): void {
  sockets.add(socket);
  socket.on("error", () => socket.destroy());
  socket.once("close", () => sockets.delete(socket));
}

function listen(server: Server, where: { host?: string; port?: number; path?: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(where, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
