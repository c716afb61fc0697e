/** What became of a target. */
export interface ApplyReport {
  readonly schemaVersion: 1;
  readonly outcome: "applied" | "nothing-pending" | "dry-run" | "skipped";
  readonly project: string;
  readonly tool: string;
  /** `host:port/database as user`. */
  readonly target: string;
  /** Pending when it began, in order. */
  readonly pending: readonly string[];
  readonly applied: readonly TakenRevision[];
  /** `sha256:…` of what was rehearsed. */
  readonly plan?: string;
  /** What was allowed by name, and was there. */
  readonly overridden: readonly string[];
}

/** How one revision came to be applied, or taken back. */
export interface TakenRevision {
  readonly id: string;
  readonly durationMs: number;
  readonly attempts: number;
  /** Everybody who kept it waiting. */
  readonly blockedBy: readonly string[];
  /** How many of its statements an earlier run had finished. */
  readonly resumedBehind: number;
}

/** Where a database stands. */
export interface StatusReport {
  readonly schemaVersion: 1;
  readonly project: string;
  readonly tool: string;
  /** `host:port/database as user`. */
  readonly target: string;
  readonly state: "up-to-date" | "pending" | "half-applied" | "unknown-revisions" | "edited" | "foreign" | "empty";
  /** The state in a sentence. */
  readonly summary: string;
  /** The one next command, or thing to do. */
  readonly next: string;
  readonly applied: readonly string[];
  readonly pending: readonly string[];
  readonly unknown: readonly string[];
  /** Files that changed after they were applied. */
  readonly edited: readonly string[];
  readonly half?: { readonly revision: string; readonly finished: number };
  /** Indexes that serve nobody. */
  readonly invalidIndexes: readonly string[];
  /** When Headgate last finished something here; absent when it never did. */
  readonly lastApplied?: { readonly revision: string; readonly at: string };
}
