import type { Socket } from "node:net";
import { createFramer } from "./framing.ts";
import type { Frame } from "./framing.ts";
import { isFatal } from "./messages.ts";
import { createReports } from "./reports.ts";
import { together } from "./write-together.ts";

/** How the answer to one message ended: `skipped` when the server passed over the message after an earlier error. */
export type ReplyOutcome = "done" | "failed" | "skipped";

/** The answer that one message to the server will get; answers come in the order of the messages. */
export interface Reply {
  /** What the message was, which decides which message of the server's ends the answer. */
  readonly to: "query" | "function" | "sync" | "parse" | "bind" | "describe" | "execute" | "close";
  /** `client`: the bulk of it (rows, COPY data) goes straight to the client. `headgate`: all of it comes to `on`. */
  readonly for: "client" | "headgate";
  /** Each message of it, the last and notices included; what is meant for the client must be put out from here. */
  on(frame: Frame): void;
  done(outcome: ReplyOutcome): void;
}

/** What a client sends, as it comes: a message (or its beginning), more of one, COPY data, or the end. */
export type ClientInput =
  | { readonly kind: "frame"; readonly frame: Frame }
  | { readonly kind: "bytes"; readonly bytes: Buffer; readonly missing: number }
  | { readonly kind: "end" };

/** Both streams of one connection, cut into messages. Nothing flows from client to server by itself. */
export interface Exchange {
  /** `I` idle, `T` in a transaction block, `E` in a failed one: as of the server's last ReadyForQuery. */
  status(): "I" | "T" | "E";
  /** The value that the server last reported for one of the settings that it reports. */
  parameter(name: string): string | undefined;
  /** What the answer that is under way is to. */
  answering(): Reply["to"] | undefined;
  /** Whether the server waits for the client's COPY data. */
  copyingIn(): boolean;
  /** Whether the server passes over everything until the next Sync. */
  skipping(): boolean;
  closed(): boolean;
  /**
   * Sends messages, and registers the answers they will get; waits for the end of a message that is under way.
   * `unfinished` bytes of the last one are still to come, through `sendMore`.
   */
  send(bytes: Buffer, replies: readonly Reply[], unfinished?: number): void;
  /** Passes on more of a message that was begun, or COPY data. `missing` bytes of the last one are still to come. */
  sendMore(bytes: Buffer, missing: number): void;
  /** Whether a message to the server is unfinished: only its own bytes may follow. */
  midMessage(): boolean;
  /** The client has ended its COPY data; what it sends now is something else. */
  copied(): void;
  endServer(): void;
  /** To the client; kept back while something is on hold. */
  put(bytes: Buffer): void;
  /** Keeps back this and everything after it. */
  hold(bytes: Buffer): void;
  /** Whether something is kept back. */
  holding(): boolean;
  /** Puts out what was kept back, after `first`. */
  release(...first: readonly Buffer[]): void;
  /** Forgets what was kept back. */
  discardHeld(): void;
  /**
   * Keeps back notifications and reports of settings, which the server sends when it is ready for the client's next
   * query: between the pieces of one query it is not.
   */
  gatherReports(): void;
  /** Puts them out: notifications if no transaction is open, settings whose value is another than before. */
  putReports(): void;
  /** Stops or resumes reading from the client. */
  listen(listening: boolean): void;
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

const letter = (type: string): number => type.charCodeAt(0);
const ends: Readonly<Record<Reply["to"], ReadonlySet<number>>> = {
  query: new Set([letter("Z")]),
  function: new Set([letter("Z")]),
  sync: new Set([letter("Z")]),
  parse: new Set([letter("1")]),
  bind: new Set([letter("2")]),
  describe: new Set([letter("T"), letter("n")]),
  execute: new Set([letter("C"), letter("s"), letter("I")]),
  close: new Set([letter("3")]),
};
const [dataRow, copyData, error, notice, ready, parameter, notification] = [..."DdENZSA"].map(letter) as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];
const [copyIn, copyBoth] = [..."GW"].map(letter) as [number, number];
const [bind, functionCall] = [..."BF"].map(letter) as [number, number];

/** Enough for the names at the beginning of a message whose end may be a gigabyte away, and for the value of a setting. In bytes. */
const namesLength = 4096;

/** Joins a client and a server that are past the startup packet, which `upstream` gets first. */
export function createExchange(
  client: Socket,
  upstream: Socket,
  startupPacket: Buffer,
  listener: ExchangeListener,
): Exchange {
  const replies: Reply[] = [];
  const postponed: (() => void)[] = [];
  let status: "I" | "T" | "E" = "I";
  let started = false;
  let skipping = false;
  let copying = false;
  let closed = false;
  let held: Buffer[] | undefined;
  let missing = 0;
  let listening = true;
  let congested = false;

  const toClientTogether = together(client);
  const toServerTogether = together(upstream);
  const put = (bytes: Buffer): void => {
    if (held) return void held.push(bytes);
    if (client.destroyed || !client.writable) return;
    toClientTogether();
    if (!client.write(bytes)) upstream.pause();
  };
  const reports = createReports(put);
  const write = (bytes: Buffer): void => {
    if (upstream.destroyed || !upstream.writable) return;
    toServerTogether();
    if (!upstream.write(bytes)) {
      congested = true;
      applyListening();
    }
  };
  const applyListening = (): void => void (listening && !congested ? client.resume() : client.pause());
  const setCopying = (now: boolean): void => {
    if (copying === now) return;
    copying = now;
    listener.copying();
  };

  /** After an error in an extended query, the server answers nothing before the next Sync. */
  const skipToSync = (): void => {
    while (replies.length > 0 && replies[0]?.to !== "sync") replies.shift()?.done("skipped");
    skipping = replies.length === 0;
  };

  const fromServer = (frame: Frame): void => {
    const { type, bytes } = frame;
    if (type === parameter) return reports.setting(bytes);
    if (type === notification) return reports.notification(bytes);
    if (type === ready) {
      status = String.fromCharCode(bytes[5] as number) as "I" | "T" | "E";
      skipping = false;
    }
    if (!started) {
      started = type === ready;
      if (!started) put(bytes);
      return listener.startup(frame);
    }
    const reply = replies[0];
    if (type === notice) return reply ? reply.on(frame) : listener.notice(frame);
    if (type === error && (!reply || isFatal(bytes))) {
      if (reply?.for === "client") reply.on(frame);
      else put(bytes);
      return;
    }
    if (!reply) return put(bytes);
    if (type === copyIn || type === copyBoth) setCopying(true);
    else if (copying && (type === error || ends.execute.has(type) || type === ready)) setCopying(false);
    reply.on(frame);
    if (type === error && !ends[reply.to].has(ready)) {
      replies.shift();
      skipToSync();
      reply.done("failed");
    } else if (ends[reply.to].has(type)) {
      replies.shift();
      reply.done("done");
    }
  };

  const toClient = createFramer({
    wanted: (type) => ((type === dataRow || type === copyData) && replies[0]?.for !== "headgate" ? 0 : Infinity),
    frame: fromServer,
    rest: put,
    unframed: () => {},
  });
  const toServer = createFramer({
    wanted: (type) => (type === copyData ? 0 : type === bind || type === functionCall ? namesLength : Infinity),
    frame: (frame) => listener.input({ kind: "frame", frame }),
    rest: (bytes, more) => listener.input({ kind: "bytes", bytes, missing: more }),
    unframed: () => {},
  });

  upstream.on("data", toClient.push);
  client.on("data", toServer.push);
  client.on("drain", () => upstream.resume());
  upstream.on("drain", () => {
    congested = false;
    applyListening();
  });
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
    client.end();
    // It answers nothing any more; whoever waits for that hears so when the socket closes.
    upstream.end();
  });
  upstream.once("close", () => {
    closed = true;
    client.destroySoon();
    for (const reply of replies.splice(0)) reply.done("skipped");
    listener.closed();
  });
  upstream.write(startupPacket);
  client.resume();

  const exchange: Exchange = {
    status: () => status,
    parameter: reports.value,
    answering: () => replies[0]?.to,
    copyingIn: () => copying,
    skipping: () => skipping,
    closed: () => closed,
    send(bytes, expected, unfinished = 0) {
      if (missing > 0) return void postponed.push(() => exchange.send(bytes, expected, unfinished));
      if (closed) return expected.forEach((reply) => reply.done("skipped"));
      for (const reply of expected) {
        if (skipping && reply.to !== "sync") reply.done("skipped");
        else replies.push(reply);
        if (reply.to === "sync") skipping = false;
      }
      missing = unfinished;
      write(bytes);
    },
    sendMore(bytes, more) {
      missing = more;
      write(bytes);
      while (missing === 0 && postponed.length > 0) postponed.shift()?.();
    },
    midMessage: () => missing > 0,
    copied: () => setCopying(false),
    endServer: () => void upstream.end(),
    put,
    hold(bytes) {
      held ??= [];
      held.push(bytes);
    },
    holding: () => held !== undefined,
    release(...first) {
      const kept = held ?? [];
      held = undefined;
      for (const bytes of [...first, ...kept]) put(bytes);
    },
    discardHeld() {
      held = undefined;
    },
    gatherReports: reports.gather,
    putReports: () => reports.putOut(status),
    listen(now) {
      listening = now;
      applyListening();
    },
  };
  return exchange;
}
