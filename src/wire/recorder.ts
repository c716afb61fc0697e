import type { Socket } from "node:net";
import type { DatabaseConnection } from "../database-connection.ts";
import { optional } from "../optional.ts";
import { loadParser } from "../sql/parser.ts";
import { converse } from "./conversation.ts";
import type { Conversation } from "./conversation.ts";
import { noEvidence } from "./evidence.ts";
import { createObserver } from "./observer.ts";
import type { Observer } from "./observer.ts";
import { recordingFlows } from "./recording-flows.ts";
import type { RecordedStatement, Recording, StatementError, StepLabel } from "./recording.ts";
import { loadScriptParser } from "./script.ts";
import { beginningOf, differsIn, startPathOf, withSettings } from "./startup-packet.ts";
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

/** A statement that the server refused, and why. */
export interface Refusal {
  readonly sql: string;
  readonly error: StatementError;
}

/** In a failed transaction PostgreSQL refuses everything: https://www.postgresql.org/docs/18/errcodes-appendix.html */
export const transactionFailed = "25P02";

/** What a conversation needs from the recorder that it belongs to. */
export interface Notebook {
  readonly evidence: boolean;
  /** By how many days the database's clock is ahead for what asks it. */
  daysAhead(): number;
  /** What the next message of a client has to wait for: somebody looks at the database, whose reading may write to its log. */
  holdsBack(): Promise<unknown> | undefined;
  /** From 1, for each connection. */
  nextTransaction(): number;
  /** Takes down that a statement begins; its evidence and outcome are added by `finish`. */
  begin(
    statement: Pick<RecordedStatement, "connection" | "transaction" | "block" | "sql" | "values" | "searchPath">,
  ): OpenStatement;
}

/** A statement under way. */
export interface OpenStatement {
  finish(
    outcome: Partial<Pick<RecordedStatement, "tag" | "rows" | "result" | "error" | "evidence" | "durationMs">>,
  ): void;
}

/**
 * A recorder for one proxy.
 * @throws Error when PostgreSQL's parser can't be loaded
 */
export async function createRecorder(options: RecorderOptions): Promise<Recorder> {
  await Promise.all([loadParser(), loadScriptParser()]);
  const statements: (RecordedStatement | undefined)[] = [];
  /** Where the statements of each step are. */
  const steps = new Map<string, number[]>();
  const conversations = new Set<Conversation>();
  const beginnings: SessionBeginning[] = [];
  const observers = new Map<string, { readonly observer: Observer; users: number }>();
  let refusal: Refusal | undefined;
  let label: StepLabel | undefined;
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
    begin(statement) {
      const { sql } = statement;
      const notice = (error: StatementError | undefined): void => {
        if (error && error.sqlState !== transactionFailed) refusal = { sql, error };
      };
      if (options.labelledOnly && label === undefined) return { finish: ({ error }) => notice(error) };
      const index = statements.push(undefined) - 1;
      if (label) {
        const places = steps.get(stepKey(label));
        if (places) places.push(index);
        else steps.set(stepKey(label), [index]);
      }
      let record: RecordedStatement = {
        order: index + 1,
        ...statement,
        durationMs: 0,
        ...(label && { label }),
        evidence: noEvidence("The statement did not end before the connection did."),
      };
      return {
        finish(outcome) {
          record = { ...record, ...outcome };
          statements[index] = record;
          notice(outcome.error);
        },
      };
    },
  };

  const release = async (): Promise<void> => {
    await Promise.all([...observers.values()].map(({ observer }) => observer.release()));
  };

  return {
    label(next, evidence = true) {
      label = next;
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
    step: (of) =>
      (steps.get(stepKey(of)) ?? []).map((index) => statements[index]).filter((statement) => statement !== undefined),
    forget(of) {
      for (const index of steps.get(stepKey(of)) ?? []) delete statements[index];
      steps.delete(stepKey(of));
    },
    recording: () => ({
      statements: statements
        .filter((statement) => statement !== undefined)
        .map((statement, index) => ({ ...statement, order: index + 1 })),
    }),
    takeRefusal() {
      const taken = refusal;
      refusal = undefined;
      return taken;
    },
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
      const notes = asks && (label || !options.labelledOnly) ? notebook : { ...notebook, evidence: false };
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

const stepKey = ({ revision, direction }: StepLabel): string => `${direction} ${revision}`;
