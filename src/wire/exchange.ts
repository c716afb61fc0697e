import type { Socket } from "node:net";
import { createFramer } from "./framing.ts";
import type { Frame } from "./framing.ts";
import { fromClient, fromServer } from "./message-types.ts";
import { isFatal } from "./messages.ts";
import { createReplies, executed } from "./replies.ts";
import type { Reply } from "./replies.ts";
import { createReports } from "./reports.ts";
import { createToClient } from "./to-client.ts";
import type { ToClient } from "./to-client.ts";
import { createToServer } from "./to-server.ts";
import type { ToServer } from "./to-server.ts";

/** What a client sends, as it comes: a message (or its beginning), more of one, COPY data, or the end. */
export type ClientInput =
  | { readonly kind: "frame"; readonly frame: Frame }
  | { readonly kind: "bytes"; readonly bytes: Buffer; readonly missing: number }
  | { readonly kind: "end" };

/** Both streams of one connection, cut into messages. Nothing flows from client to server by itself. */
export interface Exchange extends ToClient, ToServer {
  /** `I` idle, `T` in a transaction block, `E` in a failed one: as of the server's last ReadyForQuery. */
  status(): "I" | "T" | "E";
  /** The value that the server last reported for one of the settings that it reports. */
  parameter(name: string): string | undefined;
  /** What the answer that is under way is to. */
  answering(): Reply["to"] | undefined;
  /** Whether the server waits for the client's COPY data. */
  copyingIn(): boolean;
  /** The client has ended its COPY data; what it sends now is something else. */
  copied(): void;
  /** Whether the server passes over everything until the next Sync. */
  skipping(): boolean;
  closed(): boolean;
  /**
   * Keeps back notifications and reports of settings, which the server sends when it is ready for the client's next
   * query: between the pieces of one query it is not.
   */
  gatherReports(): void;
  /** Puts them out: notifications if no transaction is open, settings whose value is another than before. */
  putReports(): void;
}

/** What an exchange tells. */
export interface ExchangeListener {
  input(input: ClientInput): void;
  /** A message before the first ReadyForQuery, which passes by itself (that one apart: it is for the listener to put). */
  startup(frame: Frame): void;
  /** The server awaits COPY data, or no longer does. */
  copying(): void;
  /** A notice that belongs to no answer. */
  notice(frame: Frame): void;
  closed(): void;
}

const { copyBothResponse, copyData, copyInResponse, dataRow, errorResponse, noticeResponse } = fromServer;
const { notificationResponse, parameterStatus, readyForQuery } = fromServer;

/** Enough for the names at the beginning of a message whose end may be a gigabyte away, and for the value of a setting. In bytes. */
const namesLength = 4096;

/** Joins a client and a server that are past the startup packet, which `upstream` gets first. */
export function createExchange(
  client: Socket,
  upstream: Socket,
  startupPacket: Buffer,
  listener: ExchangeListener,
): Exchange {
  let status: "I" | "T" | "E" = "I";
  let started = false;
  let copying = false;
  let closed = false;

  const replies = createReplies();
  const toClient = createToClient(client, upstream);
  const toServer = createToServer(client, upstream, replies, () => closed);
  const { put } = toClient;
  const reports = createReports(put);
  const setCopying = (now: boolean): void => {
    if (copying === now) return;
    copying = now;
    listener.copying();
  };

  const fromUpstream = (frame: Frame): void => {
    const { type, bytes } = frame;
    if (type === parameterStatus) return reports.setting(bytes);
    if (type === notificationResponse) return reports.notification(bytes);
    if (type === readyForQuery) status = String.fromCharCode(bytes[5] as number) as "I" | "T" | "E";
    if (!started) {
      started = type === readyForQuery;
      if (!started) put(bytes);
      return listener.startup(frame);
    }
    const reply = replies.current();
    if (type === noticeResponse) return reply ? reply.on(frame) : listener.notice(frame);
    if (type === errorResponse && (!reply || isFatal(bytes))) {
      if (reply?.for === "client") reply.on(frame);
      else put(bytes);
      return;
    }
    if (!reply) return put(bytes);
    if (type === copyInResponse || type === copyBothResponse) setCopying(true);
    else if (copying && (type === errorResponse || executed.has(type) || type === readyForQuery)) setCopying(false);
    replies.take(frame);
  };

  const serverFrames = createFramer({
    wanted: (type) => ((type === dataRow || type === copyData) && replies.current()?.for !== "headgate" ? 0 : Infinity),
    frame: fromUpstream,
    rest: put,
    unframed: () => {},
  });
  const clientFrames = createFramer({
    wanted: (type) =>
      type === fromClient.copyData
        ? 0
        : type === fromClient.bind || type === fromClient.functionCall
          ? namesLength
          : Infinity,
    frame: (frame) => listener.input({ kind: "frame", frame }),
    rest: (bytes, missing) => listener.input({ kind: "bytes", bytes, missing }),
    unframed: () => {},
  });

  upstream.on("data", serverFrames.push);
  client.on("data", clientFrames.push);
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    upstream.resume();
    listener.input({ kind: "end" });
  };
  client.once("end", end);
  client.once("close", end);
  upstream.once("end", () => {
    toClient.leave();
    client.end();
    // It answers nothing any more; whoever waits for that hears so when the socket closes.
    upstream.end();
  });
  upstream.once("close", () => {
    closed = true;
    toClient.leave();
    client.destroySoon();
    replies.abandon();
    listener.closed();
  });
  upstream.write(startupPacket);
  client.resume();

  return {
    ...toClient,
    ...toServer,
    status: () => status,
    parameter: reports.value,
    answering: () => replies.current()?.to,
    copyingIn: () => copying,
    copied: () => setCopying(false),
    skipping: replies.skipping,
    closed: () => closed,
    gatherReports: reports.gather,
    putReports: () => reports.putOut(status),
  };
}
