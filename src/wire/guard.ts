import type { StatementIdentity } from "../sql/statement-identity.ts";

/** A statement that a revision shall send. */
export interface GuardedStatement extends StatementIdentity {
  readonly transactional: boolean;
  /** The server's command tag when it was rehearsed; for messages. */
  readonly tag?: string;
  /**
   * The transaction it ran in when it was rehearsed: statements that shared one are committed together or not at all.
   * Absent: not compared.
   */
  readonly transaction?: number;
}

/** A statement of the client library's session or of the tool's version table: no part of the plan, and no surprise. */
export interface AllowedStatement extends StatementIdentity {
  /** How many statements of the plan come before it, for one that records the revision as applied. Default: 0. */
  readonly after?: number;
}

/** What may pass while one revision runs. */
export interface GuardedRevision {
  readonly revision: string;
  /** In the order in which they come. */
  readonly statements: readonly GuardedStatement[];
  /** As often as they come. */
  readonly alsoAllowed: readonly AllowedStatement[];
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
      /** The server's process, to ask who blocks it. */
      readonly processId: number;
      readonly sqlState?: string;
      readonly durationMs?: number;
    }
  | {
      /** A transaction that holds statements of the plan, their own included where each is one. */
      readonly kind: "transaction";
      /** `ending`: COMMIT is about to be sent. `unknown`: the connection ended before the server's answer to it came. */
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
}

/** SQLSTATE of a refusal; PostgreSQL and the standard leave the class to others. */
export const refusedSqlState = "ZHG01";
