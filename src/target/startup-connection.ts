import { Socket } from "node:net";
import pg from "pg";
import { cancelPacket } from "./packets.ts";
import type { Target, TargetHost } from "./target.ts";
import type { Encryption } from "./tls.ts";

/** `pg`'s connection with the parts that its types leave out. */
export interface StartupConnection {
  readonly stream: Socket;
  connect(port: number | string, host?: string): void;
  requestSsl(): void;
  on(event: "parameterStatus", listener: (report: { parameterName: string; parameterValue: string }) => void): this;
  on(event: "backendKeyData", listener: (key: { processID: number; secretKey: number }) => void): this;
  on(event: "error", listener: (error: Error) => void): this;
  on(event: string, listener: (message: { readonly mechanisms?: readonly string[] }) => void): this;
  once(event: "connect" | "sslconnect" | "end", listener: () => void): this;
  emit(event: "error", error: Error): boolean;
}

/** A network that swallows everything shows after this time, and what the system adds to it. */
const keepAliveDelayMs = 10_000;

/** A connection of `pg`'s, not begun, that introduces itself with `packet`. */
export function startupConnection(target: Target, encryption: Encryption, packet: Buffer): StartupConnection {
  const config = {
    stream: new Socket({ allowHalfOpen: true }),
    ...(encryption.kind === "tls" && { ssl: encryption.options, sslNegotiation: target.sslNegotiation }),
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveDelayMs,
  };
  const connection = new pg.Connection(config as unknown as pg.ClientConfig);
  return Object.assign(connection, {
    startup: () => void connection.stream.write(packet),
  }) as unknown as StartupConnection;
}

/** Asks a host, over a connection of its own, to stop what a session does; resolves when it has heard, or cannot. */
export function sendCancel(
  target: Target,
  host: TargetHost,
  encryption: Encryption,
  processIdAndSecret: Buffer,
): Promise<void> {
  return new Promise((resolve) => {
    const request = cancelPacket(processIdAndSecret);
    const connection = startupConnection(target, encryption, request);
    const finish = (): void => {
      clearTimeout(patience);
      connection.stream.destroy();
      resolve();
    };
    const patience = setTimeout(finish, target.connectTimeoutMs);
    const send = (): void => void connection.stream.write(request);
    connection.on("error", finish);
    connection.once("end", finish);
    connection.once("sslconnect", send);
    connection.once("connect", () => {
      if (encryption.kind === "plain") send();
      else if (target.sslNegotiation === "postgres") connection.requestSsl();
    });
    // The server answers by closing.
    connection.on("error", finish);
    const address = host.address ?? host.host;
    if (address.startsWith("/")) connection.connect(`${address}/.s.PGSQL.${host.port}`);
    else connection.connect(host.port, address);
  });
}
