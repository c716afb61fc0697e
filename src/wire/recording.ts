import type { LockMode } from "../postgres/lock-modes.ts";

/** What a relation is; the words of PostgreSQL's manual. */
export type RelationKind =
  | "table"
  | "partitioned table"
  | "index"
  | "partitioned index"
  | "sequence"
  | "view"
  | "materialized view"
  | "foreign table"
  | "composite type"
  | "TOAST table";

/** A relation that existed before the transaction, under the name that it had then. */
export interface ExistingRelation {
  /** Schema-qualified and quoted where SQL needs it; temporary ones as `pg_temp.…`. */
  readonly relation: string;
  readonly kind: RelationKind;
}

/** A lock on a relation that others may be using. */
export interface HeldLock extends ExistingRelation {
  readonly mode: LockMode;
}

/** A table that was read from its first to its last row. */
export interface TableScan extends ExistingRelation {
  /** How many sequential scans began. */
  readonly scans: number;
  /** How many rows they returned, dead ones apart. */
  readonly rows: number;
}

/** An index that was built. */
export interface IndexBuild {
  /** As the server said it: without its schema. */
  readonly index: string;
  readonly table: string;
}

/**
 * How much the evidence says: `complete`, everything that the statement held or did is in it; `sampled`, what is in it is
 * true, and some may be missing: the statement cannot run in a transaction and was watched from outside while it ran, or its
 * code may have taken a part of its work back;
 * `none`, there is none.
 */
export type Completeness = "complete" | "sampled" | "none";

/** What PostgreSQL itself says that a statement did. */
export interface StatementEvidence {
  readonly completeness: Completeness;
  /** Why it is not complete; absent when it is. */
  readonly reason?: string;
  /** Taken by this statement and held after it, on relations that existed before the transaction. */
  readonly locks: readonly HeldLock[];
  /** All that the transaction held after this statement, on such relations. */
  readonly held: readonly HeldLock[];
  /** Tables, indexes, sequences and materialized views whose storage was replaced. */
  readonly rewrites: readonly ExistingRelation[];
  /** Tables and materialized views that it dropped; absent where there are none. */
  readonly drops?: readonly ExistingRelation[];
  readonly scans: readonly TableScan[];
  readonly indexBuilds: readonly IndexBuild[];
  /** Tables whose rows were checked against a constraint, and foreign keys that were validated, as the server said it. */
  readonly verifications: readonly string[];
  /** What else the server said at `DEBUG1`, in its own words. */
  readonly remarks: readonly string[];
  /** Bytes of write-ahead log from before the statement to after it; of the whole server, which nobody else writes to. */
  readonly walBytes?: number;
  /** In effect when the statement began, in milliseconds; 0 means that it would wait for ever. */
  readonly lockTimeoutMs?: number;
}

/** Why PostgreSQL refused a statement. */
export interface StatementError {
  /** Five characters, as in the appendix of PostgreSQL's manual. */
  readonly sqlState: string;
  readonly message: string;
  /** In characters, 1-based, from the beginning of `sql`. */
  readonly position?: number;
}

/** Which step of a replay a statement belongs to. */
export interface StepLabel {
  readonly revision: string;
  /** `again`: an upgrade after a downgrade, which is only compared with the first. */
  readonly direction: "up" | "down" | "again";
}

/** One statement, as it was sent and as it ended. */
export interface RecordedStatement {
  /** From 1, in the order in which the statements began, over all connections. */
  readonly order: number;
  /** From 1, in the order in which clients connected. */
  readonly connection: number;
  /** From 1, over all connections. Statements of one transaction share it. */
  readonly transaction: number;
  /**
   * `explicit`: between the client's BEGIN and COMMIT. `implicit`: a transaction of its own, or that of the other
   * statements in one message or pipeline. `none`: it cannot run in a transaction, or decides about transactions itself.
   */
  readonly block: "explicit" | "implicit" | "none";
  /** The text as the client sent it. Bind parameters are `$1`, …; their values are kept nowhere. */
  readonly sql: string;
  /** SHA-256 of these values, hexadecimal; only of a statement that sets something with them. */
  readonly values?: string;
  /** SHA-256 of the rows that it returned, hexadecimal; only of a query that sets something to what the database works out. */
  readonly result?: string;
  /** `search_path` in effect when the statement began, as the server shows it; absent where it is not known. */
  readonly searchPath?: string;
  /** The server's command tag, for example `ALTER TABLE`; absent when the statement failed. */
  readonly tag?: string;
  /** Rows returned or changed, where the tag counts them. */
  readonly rows?: number;
  /** From sending it to its last answer, without anything that was asked in between. */
  readonly durationMs: number;
  readonly error?: StatementError;
  /** Absent before the first label was set. */
  readonly label?: StepLabel;
  readonly evidence: StatementEvidence;
}

/** Everything that was sent through one proxy, in order. */
export interface Recording {
  readonly statements: readonly RecordedStatement[];
}
