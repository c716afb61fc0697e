import type { ToolName } from "./tools/tool.ts";

/** Whether the schema of a database is what its migrations make, as far as it was looked at. */
export type SchemaFinding =
  /** A rehearsal made the same. */
  | { readonly state: "as-made"; readonly differences: readonly string[] }
  /** By what the ledger says. `leftAt`: when Headgate wrote that down. `differences`: in sentences, from then to now. */
  | {
      readonly state: "as-left" | "changed";
      readonly differences: readonly string[];
      readonly leftAt: string;
    }
  /** `reason`: why it cannot be known without a rehearsal. */
  | { readonly state: "not-known"; readonly differences: readonly string[]; readonly reason: string };

/** What became of a target. */
export interface ApplyReport {
  readonly schemaVersion: 1;
  readonly outcome: "applied" | "nothing-pending" | "dry-run" | "skipped";
  readonly project: string;
  readonly tool: ToolName;
  /** `host:port/database as user`. */
  readonly target: string;
  /** Pending when it began, in order. */
  readonly pending: readonly string[];
  readonly applied: readonly TakenRevision[];
  /** `sha256:…` of what was rehearsed. */
  readonly plan?: string;
  /** Where nothing is pending: whether the schema is what it should be. */
  readonly schema?: SchemaFinding;
  /** What was allowed by name, and was there. */
  readonly overridden: readonly string[];
  /** In what the server of the rehearsal was not like the target, in sentences; absent where nothing was rehearsed. */
  readonly unlike?: readonly string[];
  /** Files that are not as they were committed, relative to the repository root; absent where nothing was looked at. */
  readonly uncommitted?: readonly string[];
}

/** Why a command did not get there. */
export interface FailureReport {
  readonly schemaVersion: 1;
  readonly outcome: "failed";
  /** The state that this leaves, and what to do. */
  readonly message: string;
  /** The revisions that were applied, or taken back, before. */
  readonly done: readonly string[];
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

/** What became of one of several targets. */
export type TargetOutcome =
  | { readonly name: string; readonly outcome: "done"; readonly report: ApplyReport }
  /** `message` says the state and what to do. `unreachable`: it could not be looked at, or not be worked on. */
  | { readonly name: string; readonly outcome: "failed"; readonly message: string; readonly unreachable?: true }
  /** Another one had failed before its turn came. */
  | { readonly name: string; readonly outcome: "not-reached" };

/** What became of several targets. */
export interface TargetsReport {
  readonly schemaVersion: 1;
  readonly project: string;
  readonly outcome: "done" | "failed";
  /** In the order of the configuration; those of other shards are not in it. */
  readonly targets: readonly TargetOutcome[];
}

/** Where several targets stand. */
export interface SkewReport {
  readonly schemaVersion: 1;
  readonly project: string;
  /** Those that have the same revisions together; the most advanced first. */
  readonly groups: readonly {
    readonly applied: number;
    /** The last revision that is applied; absent where none is. */
    readonly last?: string;
    readonly targets: readonly string[];
  }[];
  /** What is to be done about each that is not up to date. */
  readonly attention: readonly {
    readonly name: string;
    readonly summary: string;
    readonly next: string;
    readonly unreachable?: true;
  }[];
}

/** Where a database stands. */
export interface StatusReport {
  readonly schemaVersion: 1;
  readonly project: string;
  readonly tool: ToolName;
  /** `host:port/database as user`. */
  readonly target: string;
  readonly state:
    | "up-to-date"
    | "pending"
    | "half-applied"
    | "unknown-revisions"
    | "edited"
    | "drifted"
    | "foreign"
    | "empty";
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
  /** Pending, although Headgate applied them and did not take them back. */
  readonly forgotten: readonly string[];
  /** Applied since Headgate first worked here, and not by it. */
  readonly byOthers: readonly string[];
  readonly schema: SchemaFinding;
  /** Indexes that serve nobody. */
  readonly invalidIndexes: readonly string[];
  /** When Headgate last finished something here; absent when it never did. */
  readonly lastApplied?: { readonly revision: string; readonly at: string };
}

/** Something that taking a revision back takes away. */
export interface Loss {
  readonly revision: string;
  /** What it is, in PostgreSQL's words; `rows` for a statement that changes rows of tables that stay. */
  readonly kind: string;
  /** Schema-qualified; for `rows`, the statement's command. */
  readonly name: string;
  /** How many rows it has; of a column, how many values. Absent where it has none, or they could not be counted. */
  readonly rows?: number;
  /** Whether `rows` is what the server's statistics say. */
  readonly estimated?: boolean;
}

/** What became of a downgrade. */
export interface DowngradeReport {
  readonly schemaVersion: 1;
  readonly outcome: "reverted" | "declined";
  readonly project: string;
  readonly tool: ToolName;
  readonly target: string;
  readonly plan: string;
  readonly losses: readonly Loss[];
  /** In the order in which they were taken back. */
  readonly reverted: readonly TakenRevision[];
  readonly overridden: readonly string[];
  /** In what the server of the rehearsal was not like the target, in sentences. */
  readonly unlike: readonly string[];
  /** Files that are not as they were committed, relative to the repository root. */
  readonly uncommitted: readonly string[];
}
