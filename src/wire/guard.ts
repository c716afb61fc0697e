import type { Socket } from "node:net";
import type { StatementIdentity } from "../sql/statement-identity.ts";
import type { Told } from "../sql/told.ts";
import type { StartupPacket } from "./startup-packet.ts";

/** A session with the server behind the guard: past its login, up to its first ReadyForQuery, and nobody reads from it yet. */
export interface GuardedSession {
  readonly socket: Socket;
  /** What the server said of its settings, by name. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly processId: number;
  /** What a request to cancel shows beside the process id. */
  readonly secret: Buffer;
  /** Asks the server to stop what this session does; resolves when it has heard, or cannot. */
  cancel(): Promise<void>;
}

/** The server behind the guard. Who logs in there is not the client's business. */
export interface GuardedServer {
  readonly user: string;
  readonly database: string;
  /** `startup`: what the client says about its session, by name. @throws Error whose message may be shown */
  open(startup: ReadonlyMap<string, string>): Promise<GuardedSession>;
  /** What a session of this user's begins with, in milliseconds; 0: without a limit. */
  timeouts(): Promise<{ readonly lockTimeoutMs: number; readonly statementTimeoutMs: number }>;
}

/** A statement that a revision shall send. */
export interface GuardedStatement extends StatementIdentity {
  readonly transactional: boolean;
  /** The server's command tag when it was rehearsed; for messages. */
  readonly tag?: string;
  /**
   * The transaction it ran in when it was rehearsed: statements that shared one share one again, and are committed together or
   * not at all.
   * Absent: not compared.
   */
  readonly transaction?: number;
  /**
   * That rows decide how often it comes: it and those like it before and behind it may come in any order, as often as they
   * like, and not at all. It is always sent, also when an earlier run has sent it.
   */
  readonly repeats?: true;
  /**
   * What became of it in its transaction when it was rehearsed, where it did not stay: `taken back`, by a ROLLBACK; `failed`, it
   * or another one that was taken back with it. Absent: what takes it back has it expected once more.
   */
  readonly undone?: "taken back" | "failed";
  /** Whether it was seen to hold a lock that reads or writes wait for. Default: what its kind suggests. */
  readonly blocks?: boolean;
  /** What its session had been told when it came. Absent: not compared. */
  readonly told?: Told;
  /** SHA-256 of the rows that it returned, hexadecimal, where these say what it sets. Absent: not compared. */
  readonly result?: string;
  /** Whether it failed when it was rehearsed, and the migration went on. */
  readonly fails?: true;
}

/** A statement of the client library's session or of the tool's version table: no part of the plan, and no surprise. */
export interface AllowedStatement extends StatementIdentity {
  /** How many statements of the plan come before it, for one that records the revision as applied. Default: 0. */
  readonly after?: number;
  /** The transaction it ran in when it was rehearsed, for one that records: what shared it is not committed without it. */
  readonly transaction?: number;
  /** What its session had been told when it came. Absent: not compared. */
  readonly told?: Told;
}

/** What may pass while one revision runs. */
export interface GuardedRevision {
  readonly revision: string;
  /** In the order in which they come. */
  readonly statements: readonly GuardedStatement[];
  /** As often as they come. */
  readonly alsoAllowed: readonly AllowedStatement[];
  /** All that its sessions had been told at any time: a setting that leads to anything else does not pass. Default: nothing. */
  readonly sessions?: readonly Told[];
  /** How many of `statements`, from the first, an earlier run has finished: they are answered and not sent again. Default: 0. */
  readonly doneAlready?: number;
}

/** How long statements may wait and run, in milliseconds; 0: without a limit. A stricter setting of the migration's own is kept. */
export interface GuardLimits {
  /** For a lock, where others wait behind it. Default: 2000. */
  readonly lockTimeoutMs?: number;
  /** For statements that others may have to wait for. Default: 60 000. */
  readonly blockingTimeoutMs?: number;
  /** For all others, such as CREATE INDEX CONCURRENTLY and changes of rows. Default: 0. */
  readonly otherTimeoutMs?: number;
}

/** What the guard did, told before it goes on: a promise is waited for. Indexes count from 0, in the order of the plan. */
export type GuardEvent =
  | {
      readonly kind: "statement";
      /** `sent`: it is about to be. `unknown`: the connection ended before the server's answer came. */
      readonly phase: "sent" | "done" | "failed" | "unknown" | "skipped";
      readonly revision: string;
      readonly index: number;
      /** Whether a rollback undoes it; one that is not is finished for good when it is `done`. */
      readonly transactional: boolean;
      /** Of one that is `sent`: whether `ending` will be told before the server can commit it. */
      readonly awaitsEnding?: boolean;
      /** The server's process, to ask who blocks it. */
      readonly processId: number;
      readonly sqlState?: string;
      readonly durationMs?: number;
    }
  | {
      /** A transaction that holds statements of the plan, their own included where each is one. */
      readonly kind: "transaction";
      /**
       * `ending`: COMMIT is about to be sent, or what stands for it where no block is open. `unknown`: the connection
       * ended before the server's answer to it came.
       */
      readonly phase: "ending" | "committed" | "rolled back" | "unknown";
      readonly revision: string;
      readonly statements: readonly number[];
      readonly processId: number;
    }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** A statement that was not sent. */
export interface Refusal {
  readonly revision: string;
  /** One or two sentences without a value. */
  readonly message: string;
  /** The statement of the plan that was expected instead; absent when all had been sent. */
  readonly index?: number;
}

/** How far a revision came. */
export interface GuardedOutcome {
  /** How many statements of the plan were sent or answered, from the first. */
  readonly passed: number;
  readonly refusal?: Refusal;
  /** Whether an error came out of a function's code, which chooses its words and its SQLSTATE. */
  readonly saidByCode?: true;
}

/** Stands between a migration tool and production, and lets through what was reviewed. */
export interface Guard {
  /** As whom the tool logs in at the proxy; the password is this guard's own and good for nothing else. */
  readonly account: { readonly user: string; readonly password: string; readonly database: string };
  /** From now on these statements may pass. Before, and after `end`, only BEGIN, COMMIT, ROLLBACK and the like do. */
  begin(revision: GuardedRevision): void;
  /** Nothing passes any more. Resolves when no session has a statement or a transaction under way: those that have are ended. */
  end(): Promise<GuardedOutcome>;
  /** Takes over a client that wants a session. For the proxy. */
  attach(client: Socket, startup: Extract<StartupPacket, { kind: "startup" }>): Promise<void>;
  /** For the proxy. */
  cancel(request: Extract<StartupPacket, { kind: "cancel" }>): Promise<void>;
  /** Ends all sessions. For the proxy. */
  release(): Promise<void>;
}

/** SQLSTATE of a refusal; PostgreSQL and the standard leave the class to others. */
export const refusedSqlState = "ZHG01";
