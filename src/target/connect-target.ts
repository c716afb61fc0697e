import type { Socket } from "node:net";
import pg from "pg";
import { EngineError, UsageError } from "../errors.ts";
import { connectionFailure, mayGoOtherwise, mostTelling } from "./connection-failure.ts";
import { refuseLogins } from "./login.ts";
import { startupPacket, type StartupParameters } from "./packets.ts";
import { sendCancel, startupConnection, type StartupConnection } from "./startup-connection.ts";
import { describeHost, type Target, type TargetHost } from "./target.ts";
import { encryptions, type Encryption } from "./tls.ts";

/** A session of the target's that no client reads from yet: behind its first ReadyForQuery. */
export interface TargetSocket {
  /** Paused; in the clear for the holder, whatever it is on the line. */
  readonly socket: Socket;
  /** What the server said of its settings, by name. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly processId: number;
  /** What a request to cancel shows beside the process id. */
  readonly secret: Buffer;
  /** Asks the server to stop what this session does; resolves when it has heard, or cannot. */
  cancel(): Promise<void>;
}

/** No question of ours takes a server that long: a network that swallows everything is noticed by this. */
const answerLimitMs = 120_000;

interface Opened {
  readonly client: pg.Client;
  readonly connection: StartupConnection;
  readonly parameters: ReadonlyMap<string, string>;
  readonly processIdAndSecret: Buffer;
  cancel(): Promise<void>;
}

/**
 * A connected client of the target, which the caller ends.
 * @throws UsageError when something that the target names cannot be used
 * @throws EngineError when no host lets it in; says no secret
 */
export async function connectTarget(target: Target, applicationName: string): Promise<pg.Client> {
  const { client, connection } = await open(target, new Map([["application_name", applicationName]]));
  // The socket stays half open by itself, and whoever waits for an answer would wait for ever.
  connection.stream.once("end", () => connection.stream.end());
  return client;
}

/** The same for a holder that speaks the protocol itself. */
export async function openTargetSocket(target: Target, startup: StartupParameters): Promise<TargetSocket> {
  const { connection, parameters, processIdAndSecret, cancel } = await open(target, startup);
  const socket = connection.stream;
  // From here on the bytes are the holder's; a listener for `data` would take them away.
  socket.removeAllListeners("data");
  socket.pause();
  return {
    socket,
    parameters,
    processId: processIdAndSecret.readInt32BE(0),
    secret: processIdAndSecret.subarray(4),
    cancel,
  };
}

/** Tries host after host, and each in every way that the target's `sslmode` allows. */
async function open(target: Target, startup: StartupParameters): Promise<Opened> {
  const failures: EngineError[] = [];
  let secondBest: Opened | undefined;
  for (const host of target.hosts)
    for (const encryption of encryptions(target, host)) {
      try {
        const opened = await attempt(target, host, encryption, startup);
        if (fits(target, opened.parameters)) {
          await secondBest?.client.end();
          return opened;
        }
        failures.push(new EngineError(`PostgreSQL at ${describeHost(host)} is not ${target.sessionAttributes}.`));
        if (target.sessionAttributes === "prefer-standby") secondBest ??= opened;
        if (secondBest !== opened) await opened.client.end();
        break;
      } catch (error) {
        if (error instanceof UsageError) throw error;
        failures.push(connectionFailure(error, host, target));
        if (!mayGoOtherwise(error)) break;
      }
    }
  if (secondBest) return secondBest;
  throw mostTelling(failures);
}

async function attempt(
  target: Target,
  host: TargetHost,
  encryption: Encryption,
  startup: StartupParameters,
): Promise<Opened> {
  const encrypted = encryption.kind === "tls";
  const connection = startupConnection(target, encryption, startupPacket(target, startup));
  const parameters = new Map<string, string>();
  const processIdAndSecret = Buffer.alloc(8);
  connection.on("parameterStatus", ({ parameterName, parameterValue }) =>
    parameters.set(parameterName, parameterValue),
  );
  connection.on("backendKeyData", ({ processID, secretKey }) => {
    processIdAndSecret.writeInt32BE(processID, 0);
    processIdAndSecret.writeInt32BE(secretKey, 4);
  });
  refuseLogins(connection, target, encrypted);
  const client = new pg.Client({
    connection,
    host: host.address ?? host.host,
    port: host.port,
    user: target.user,
    database: target.database,
    password: async () => passwordFor(target, host),
    ssl: encrypted ? encryption.options : false,
    sslnegotiation: target.sslNegotiation,
    enableChannelBinding: encrypted && target.channelBinding !== "disable",
    connectionTimeoutMillis: target.connectTimeoutMs,
    query_timeout: answerLimitMs,
  } as pg.ClientConfig);
  // A connection that breaks while idle shows at the next query; without a listener it would end the process.
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    connection.stream.destroy();
    throw error;
  }
  return {
    client,
    connection,
    parameters,
    processIdAndSecret,
    cancel: () => sendCancel(target, host, encryption, processIdAndSecret),
  };
}

function passwordFor(target: Target, host: TargetHost): string {
  const password = target.password(host);
  if (password) return password;
  throw new UsageError(
    `PostgreSQL at ${describeHost(host)} asks ${target.user} for a password and none is known; set PGPASSWORD, or write one into the password file.`,
  );
}

function fits({ sessionAttributes }: Target, parameters: ReadonlyMap<string, string>): boolean {
  const standby = parameters.get("in_hot_standby") === "on";
  const readOnly = standby || parameters.get("default_transaction_read_only") === "on";
  switch (sessionAttributes) {
    case "any":
      return true;
    case "read-write":
      return !readOnly;
    case "read-only":
      return readOnly;
    case "primary":
      return !standby;
    case "standby":
    case "prefer-standby":
      return standby;
    default:
      return sessionAttributes satisfies never;
  }
}
