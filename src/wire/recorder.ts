import type { Socket } from "node:net";
import type { DatabaseConnection } from "../database-connection.ts";
import { optional } from "../optional.ts";
import { loadParser } from "../sql/parser.ts";
import { converse } from "./conversation.ts";
import type { Conversation } from "./conversation.ts";
import type { Notebook } from "./notebook.ts";
import { createObserver } from "./observer.ts";
import type { Observer } from "./observer.ts";
import { recordingFlows } from "./recording-flows.ts";
import type { RecordedStatement, Recording, StepLabel } from "./recording.ts";
import { loadScriptParser } from "./script.ts";
import { beginningOf, differsIn, startPathOf, withSettings } from "./startup-packet.ts";
import { createStatementLog, type Refusal } from "./statement-log.ts";
import type { SessionBeginning, StartupPacket } from "./startup-packet.ts";

/** What to record. */
export interface RecorderOptions {
  /** How the recorder itself reaches a database of the server that the proxy stands before; it needs no special rights. */
  readonly connection: (database: string) => DatabaseConnection;
  /** Whether the server is asked what each statement did. Default: true. Without, nothing is ever added to the conversation. */
  readonly evidence?: boolean;
  /** Whether only statements of a labelled step are recorded. Default: false. */
  readonly labelledOnly?: boolean;
}

/** Takes down what clients send through a proxy. */
export interface Recorder {
  /**
   * Statements that begin from now on belong to this step; `undefined`: to none.
   * @param evidence whether the server is asked about them. That is settled when a connection begins: one that is kept from
   * an earlier step goes on as it began. Default: true.
   */
  label(label: StepLabel | undefined, evidence?: boolean): void;
  /** Sessions that begin from now on start with these settings, but for those that the client names itself. */
  startWith(settings: ReadonlyMap<string, string>): void;
  /** From now on the database's clock is ahead by so many days for what asks it and decides by that: see `withLaterClock`; 0: it is not. */
  setClockAhead(days: number): void;
  /**
   * What clients send from now on waits until this has settled: somebody looks at the database as it is. Not so what begins
   * a transaction, and what only reads in one.
   */
  holdBack(until: Promise<unknown>): void;
  /** What sessions began with so far, each once. */
  beginnings(): readonly SessionBeginning[];
  /** What was recorded of one step so far, in order. */
  step(label: StepLabel): readonly RecordedStatement[];
  /** Takes what was recorded of one step out of the recording. */
  forget(label: StepLabel): void;
  /** What was recorded so far. A statement under way is in it once it has ended. */
  recording(): Recording;
  /**
   * The last statement that the server refused for a reason of its own, recorded or not, since this was last asked: not one
   * that it refused because an earlier one had failed its transaction.
   */
  takeRefusal(): Refusal | undefined;
  /** Takes over a client that wants a session. For the proxy. */
  attach(connection: {
    readonly client: Socket;
    readonly upstream: Socket;
    readonly startup: Extract<StartupPacket, { kind: "startup" }>;
  }): void;
  /** Waits until cancelling would hit the client's statement and nothing of ours. For the proxy. */
  beforeCancel(request: Extract<StartupPacket, { kind: "cancel" }>, upstream: Socket): Promise<void>;
  /** Closes the recorder's own connections, one to each database that it saw, and forgets what they told; they come back when they are needed. */
  release(): Promise<void>;
}

/**
 * A recorder for one proxy.
 * @throws Error when PostgreSQL's parser can't be loaded
 */
export async function createRecorder(options: RecorderOptions): Promise<Recorder> {
  await Promise.all([loadParser(), loadScriptParser()]);
  const log = createStatementLog(options.labelledOnly ?? false);
  const conversations = new Set<Conversation>();
  const beginnings: SessionBeginning[] = [];
  const observers = new Map<string, { readonly observer: Observer; users: number }>();
  let asks = true;
  let settings: ReadonlyMap<string, string> = new Map();
  let heldBack: Promise<unknown> | undefined;
  let daysAhead = 0;
  let connections = 0;
  let transactions = 0;

  const notebook: Notebook = {
    evidence: options.evidence ?? true,
    daysAhead: () => daysAhead,
    holdsBack: () => heldBack,
    nextTransaction: () => ++transactions,
    begin: log.begin,
  };

  const release = async (): Promise<void> => {
    await Promise.all([...observers.values()].map(({ observer }) => observer.release()));
  };

  return {
    label(next, evidence = true) {
      log.label(next);
      asks = evidence;
    },
    startWith(next) {
      settings = next;
    },
    setClockAhead(days) {
      daysAhead = days;
    },
    holdBack(until) {
      const all: Promise<unknown> = Promise.allSettled([heldBack, until]).finally(() => {
        if (heldBack === all) heldBack = undefined;
      });
      heldBack = all;
      // Nothing changes meanwhile: what the next statement has to know is read beside it.
      for (const { observer, users } of observers.values())
        if (users > 0) void Promise.resolve(observer.refresh()).catch(() => {});
    },
    beginnings: () => beginnings,
    step: log.step,
    forget: log.forget,
    recording: log.recording,
    takeRefusal: log.takeRefusal,
    attach({ client, upstream, startup }) {
      const beginning = beginningOf(startup);
      if (beginnings.length === 0 || differsIn(beginning, beginnings).length > 0) beginnings.push(beginning);
      const database = startup.parameters.get("database") ?? startup.parameters.get("user") ?? "";
      const shared = observers.get(database) ?? { observer: createObserver(options.connection(database)), users: 0 };
      observers.set(database, shared);
      shared.users++;
      // Who needs a database for itself need not wait for us.
      const observer: Observer = { ...shared.observer, release };
      const strangers = [...observers.values()].filter((other) => other !== shared && other.users === 0);
      for (const other of strangers) void other.observer.release();
      const notes = asks && log.isKept() ? notebook : { ...notebook, evidence: false };
      const number = ++connections;
      const closed = (): void => {
        conversations.delete(conversation);
        // It stays connected for the next session, but until then others may do what they like with the database.
        if (--shared.users === 0) shared.observer.forget();
      };
      const conversation = converse({
        client,
        upstream,
        startup: withSettings(startup, settings),
        flows: (line) =>
          recordingFlows(line, notes, observer, { number, ...optional("startPath", startPathOf(startup)) }, closed),
      });
      conversations.add(conversation);
    },
    async beforeCancel(request, upstream) {
      const target = [...conversations].find((conversation) => conversation.hasKey(request.processId, request.secret));
      await target?.allowCancel(new Promise((resolve) => upstream.once("close", () => resolve())));
    },
    async release() {
      for (const { observer } of observers.values()) observer.forget();
      await release();
    },
  };
}
