import type { Setting } from "../sql/setting.ts";
import type { StatementIdentity } from "../sql/statement-identity.ts";
import type { Told } from "../sql/told.ts";
import type { GuardedStatement } from "./guard.ts";

/** What to do with a statement. */
export type Turn =
  /** It is this one of the plan. `done`: an earlier run has finished it. */
  | { readonly kind: "planned"; readonly index: number; readonly statement: GuardedStatement; readonly done: boolean }
  /** The tool or the client library may send it. `records`: it says in the version table how far the revision has come. */
  | { readonly kind: "allowed"; readonly records: boolean }
  /** It says something of its session, which has then been told this. */
  | { readonly kind: "setting"; readonly told: Told }
  /** `why`: the end of a sentence that begins with what came. */
  | { readonly kind: "refused"; readonly why: string };

/** What comes, and to which session. */
export interface ComingStatement {
  readonly identity: StatementIdentity;
  readonly setting?: Setting | undefined;
  /** What its session has been told before. Absent: not compared. */
  readonly told?: Told;
}

/** The transaction that a statement runs in; one object for each. */
export interface OpenTransaction {
  /** The statements of the plan in it. */
  readonly statements: number[];
  /** What a ROLLBACK to a savepoint has taken back in it; what has to come again is no longer among `statements`. */
  readonly undone: number[];
  /** Whether one of them may make others wait. */
  blocks: boolean;
  /** Since when, by `performance.now()`. */
  blocksSince?: number;
  /** Whether the version table's row is in it. */
  recorded?: boolean;
}

/** Which statement of a revision comes next. */
export interface PlanOrder {
  readonly revision: string;
  /** How many of the plan have passed, from the first. */
  passed(): number;
  /** The most that had passed at any time: what was rolled back since is among them. */
  reached(): number;
  /** Whether it may come at all, now or later. */
  knows(identity: StatementIdentity): boolean;
  /** Whether it can only be one that an earlier run has finished. */
  isDone(identity: StatementIdentity): boolean;
  /** What it would be if it came when so many have passed. Default: now. */
  turn(statement: ComingStatement, at?: number): Turn;
  /** The next one passes, in this transaction. */
  pass(index: number, transaction: OpenTransaction | undefined): void;
  /** It was passed over, and may come again. */
  takeBack(index: number): void;
  /** It has failed: unless it did so in the rehearsal, nothing of the plan comes after it, and nothing is committed. */
  fail(index: number): void;
  /** Whether one of the statements that shared this transaction has passed. */
  hasBegun(transaction: number): boolean;
  /** What would have passed after these, of so many, had been rolled back: what the rehearsal kept has to come again. */
  afterRollback(indexes: readonly number[], passed?: number): number;
  /** These have been rolled back. */
  rollBack(indexes: readonly number[]): void;
  /** Why a transaction cannot be committed when so many have passed; `undefined` when it can. */
  unfinished(transaction: OpenTransaction, passed?: number): string | undefined;
}

/** Takes statements of the plan back in their transaction: what has to come again is no part of it any more. */
export function takeBack(transaction: OpenTransaction, indexes: readonly number[], order: PlanOrder | undefined): void {
  const { statements, undone } = transaction;
  const from = order?.afterRollback(indexes, Infinity) ?? Infinity;
  undone.push(...indexes);
  statements.splice(0, statements.length, ...statements.filter((index) => index < from || !indexes.includes(index)));
}
