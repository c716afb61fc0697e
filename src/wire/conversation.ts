import type { Socket } from "node:net";
import { createAsking } from "./asking.ts";
import type { Asking } from "./asking.ts";
import { createExchange } from "./exchange.ts";
import type { ClientInput, Exchange } from "./exchange.ts";
import type { Frame } from "./framing.ts";
import { fromClient, fromServer } from "./message-types.ts";
import { flush } from "./messages.ts";
import { createNotices } from "./notices.ts";
import type { Notices } from "./notices.ts";
import type { Observer } from "./observer.ts";
import type { SessionSettings } from "./probe.ts";
import type { Notebook } from "./notebook.ts";
import type { Transactions } from "./transactions.ts";

/** One client's session, from its first to its last message. */
export interface Conversation {
  /** Whether a request to cancel with this key means this session. */
  hasKey(processId: number, secret: Buffer): boolean;
  /** Resolves when a request to cancel may be sent; nothing of ours is sent until `sent` has settled. */
  allowCancel(sent: Promise<void>): Promise<void>;
}

/** Both ends of a conversation, and what can be asked in between. */
export interface Line {
  readonly exchange: Exchange;
  readonly asking: Asking;
  readonly notices: Notices;
  /** The backend's process id. */
  processId(): number;
  serverMajor(): number;
}

/** What the parts of a recorded conversation share. */
export interface Context extends Line {
  readonly notebook: Notebook;
  readonly observer: Observer;
  readonly transactions: Transactions;
  /** Number of the connection in the recording. */
  readonly number: number;
  /** What is known of the session's settings; unknown after anything that may have changed them. */
  settings: SessionSettings | undefined;
  /** `client_min_messages` as the session began, which is what RESET goes back to. */
  startLevel: string;
  /** `search_path` as the client named it when it connected; absent when it did not. */
  readonly startPath?: string;
}

/** Handles one kind of the client's messages; the next message waits until its promise resolves. */
export type Flow = (frame: Frame) => Promise<void> | undefined;

/** Handles a client's messages from its first query on. */
export interface Flows {
  /** Simple queries. */
  readonly simple: Flow;
  /** All others. */
  readonly extended: Flow;
  /** Before the client may send its first query. */
  begin?(): Promise<void>;
  /** The server is gone. */
  closed(): void;
}

const { copyDone, copyFail, password, query, terminate } = fromClient;

/** Reading from the client stops when so many pieces wait. */
const longQueue = 64;

/** Takes a client's session over: passes its messages on, by way of the flows, which may ask the server in between. */
export function converse(options: {
  readonly client: Socket;
  readonly upstream: Socket;
  /** The first bytes for the server. */
  readonly startup: Buffer;
  readonly flows: (line: Line) => Flows;
}): Conversation {
  const { client, upstream, startup } = options;
  const queue: ClientInput[] = [];
  let key: Buffer | undefined;
  let started = false;
  let busy = false;

  const exchange = createExchange(client, upstream, startup, {
    input(input) {
      queue.push(input);
      pump();
    },
    startup(frame) {
      if (frame.type === fromServer.backendKeyData) key = frame.bytes.subarray(5);
      if (frame.type === fromServer.readyForQuery) void begin(frame);
    },
    copying: () => queueMicrotask(pump),
    notice: ({ bytes }) => notices.pass(bytes, []),
    closed: () => flows.closed(),
  });
  const asking = createAsking(exchange);
  const notices = createNotices(exchange);
  const flows = options.flows({
    exchange,
    asking,
    notices,
    processId: () => key?.readInt32BE(0) ?? 0,
    serverMajor: () => Number.parseInt(exchange.parameter("server_version") ?? "0", 10),
  });

  const begin = async (readyForQuery: Frame): Promise<void> => {
    await flows.begin?.();
    exchange.put(readyForQuery.bytes);
    started = true;
    pump();
  };

  const pump = (): void => {
    for (let next = queue[0]; next && admissible(next); next = queue[0]) {
      queue.shift();
      handle(next);
    }
    exchange.listen(queue.length < longQueue);
  };

  const admissible = (input: ClientInput): boolean => {
    if (input.kind === "bytes" && exchange.midMessage()) return true;
    if (exchange.copyingIn()) return true;
    if (!started) return input.kind === "end" || (input.kind === "frame" && input.frame.type === password);
    return !busy;
  };

  const handle = (input: ClientInput): void => {
    if (input.kind === "end") return exchange.endServer();
    if (input.kind === "bytes") return exchange.sendMore(input.bytes, input.missing);
    const { frame } = input;
    const { type } = frame;
    // While it reads COPY data the server passes over Flush and Sync, and has its own words for the rest.
    if (!started || exchange.copyingIn()) {
      exchange.send(frame.bytes, [], frame.more);
      if (type !== copyDone && type !== copyFail) return;
      exchange.copied();
      // In an extended query the answer would come with the next Sync only, which waits for it.
      if (exchange.answering() === "execute") exchange.send(flush, []);
      return;
    }
    if (type === terminate) return void exchange.send(frame.bytes, []);
    const under = type === query ? flows.simple(frame) : flows.extended(frame);
    if (!under) return;
    busy = true;
    void under.finally(() => {
      busy = false;
      pump();
    });
  };

  return {
    hasKey: (processId, secret) =>
      key !== undefined && key.readInt32BE(0) === processId && key.subarray(4).equals(secret),
    allowCancel: (sent) => asking.cancel(sent),
  };
}
