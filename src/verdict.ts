import type { EngineName } from "./engines/engine.ts";
import type { AllowedFinding, Finding, ObservedLock } from "./finding.ts";
import type { ReviewSeal } from "./plan/review-seal.ts";
import type { ToolName } from "./tools/tool.ts";

/** What the gate looks at, in the order it looks. */
export type CheckId = "lineage" | "history" | "upgrade" | "downgrade" | "reupgrade" | "safety";

/** How one check of one project ended. Only `passed` is a pass; `reason` says why it is anything else. */
export type Check =
  | { readonly id: CheckId; readonly status: "passed"; readonly durationMs: number }
  | {
      readonly id: CheckId;
      readonly status: "failed" | "skipped" | "errored";
      readonly reason: string;
      readonly durationMs: number;
    };

/** One statement that a step sent, with what PostgreSQL says it did. */
export interface StatementReport {
  /** As it was sent; bind values are `$1`, … and kept nowhere. */
  readonly sql: string;
  /** The same for statements that differ only in constants; absent for text that PostgreSQL's parser refuses. */
  readonly fingerprint?: string;
  /**
   * `migration`: the migration's own work. `setting`: what it says for that about its session, as SET does. `session`: what the
   * client library and the tool send when a session begins, and BEGIN, COMMIT and the like. `bookkeeping`: the tool's version table.
   */
  readonly role: "migration" | "setting" | "session" | "bookkeeping";
  /** SHA-256 of its bind values, hexadecimal; only where it sets something with them, and until the plan is sealed. */
  readonly values?: string;
  /** SHA-256 of the rows that it returned, hexadecimal; only where it sets something to what the database works out, and until the plan is sealed. */
  readonly result?: string;
  /** From 1 within the step; statements of one transaction share it. */
  readonly transaction: number;
  /** Whether it ran in a transaction, or in one of its own. */
  readonly transactional: boolean;
  readonly durationMs: number;
  /** The server's command tag; absent when it failed. */
  readonly tag?: string;
  readonly rows?: number;
  /** Five characters; present when it failed. */
  readonly sqlState?: string;
  /** Where PostgreSQL saw the error, in characters from the beginning of `sql`; 1-based. */
  readonly position?: number;
  /** From 1 within the step; a connection of its own is a session of its own. */
  readonly connection?: number;
  /**
   * Taken by this statement on relations that existed before. What a transaction holds at any moment is what its statements
   * took up to there.
   */
  readonly locks: readonly ObservedLock[];
  /** Relations whose storage was replaced. */
  readonly rewrites: readonly string[];
  /** Tables that were read whole. */
  readonly scans: readonly string[];
  /** Indexes that were built, without their schema. */
  readonly indexBuilds?: readonly string[];
  /** Tables whose rows were checked against a constraint, and foreign keys that were validated. */
  readonly verifications?: readonly string[];
  /** Write-ahead log from before the statement to after it, in bytes. */
  readonly walBytes?: number;
  /** `lock_timeout` in effect when it began, in milliseconds; 0: it would wait for ever. */
  readonly lockTimeoutMs?: number;
  /** How much of that the server could be asked. */
  readonly evidence: "complete" | "sampled" | "none";
  /** Why it is not complete. */
  readonly evidenceReason?: string;
}

/** What the migration tool prints instead of running a revision, held against what it really sent. */
export type OfflineReport =
  | { readonly kind: "same"; readonly sql: string }
  /** `difference`: the statements that differ, `-` before lines that are only printed, `+` before those that are only sent. */
  | { readonly kind: "differs"; readonly sql: string; readonly difference: string }
  | { readonly kind: "unavailable"; readonly reason: string };

/** A revision as the verdict shows it. */
export interface RevisionReport {
  readonly id: string;
  readonly file: string;
  /** The file with the way back, where it is another one. */
  readonly downFile?: string;
  readonly title?: string;
  /** Whether this change brings it: it is not in the merge base. */
  readonly new: boolean;
  readonly downRevisions: readonly string[];
  /** What its upgrade sent; absent when it was not examined. */
  readonly up?: readonly StatementReport[];
  /** What its downgrade sent; `null` when there is no way back, absent when it was not examined. */
  readonly down?: readonly StatementReport[] | null;
  /** The tool's own offline script for what was examined; absent for tools that have none. */
  readonly offline?: { readonly up?: OfflineReport; readonly down?: OfflineReport };
}

/** The shape of a project's history. Ids, each list in the history's order. */
export interface LineageReport {
  readonly revisions: number;
  readonly heads: readonly string[];
  readonly bases: readonly string[];
  readonly branchPoints: readonly string[];
  readonly mergePoints: readonly string[];
  readonly new: readonly string[];
}

/** How much of what the examined revisions sent the safety check could judge. */
export interface SafetyCoverage {
  /** Statements that were judged. */
  readonly judged: number;
  /** Statements that PostgreSQL's parser refuses. */
  readonly unread: number;
  /** Statements that run SQL which is not in their text, and that the server was not asked about. */
  readonly opaque: number;
  /** Suspicions that the server did not confirm, and that were dropped. */
  readonly refuted: number;
  /** What would have been found, but for an allowance. */
  readonly allowed: readonly AllowedFinding[];
  /** Rules that the configuration switches off. */
  readonly off: readonly string[];
}

/** What the gate found in one project. */
export interface ProjectVerdict {
  readonly name: string;
  readonly tool: ToolName;
  /** Relative to the repository root. */
  readonly directory: string;
  /** Absent when none was started. */
  readonly server?: {
    readonly engine: EngineName;
    readonly version: string;
    readonly startMs: number;
    /** Why it is not the one that is tried first, in a clause. */
    readonly instead?: string;
  };
  /** Absent when the history could not be read. */
  readonly lineage?: LineageReport;
  readonly checks: readonly Check[];
  readonly findings: readonly Finding[];
  /** Absent when nothing was judged. */
  readonly coverage?: SafetyCoverage;
  readonly revisions: readonly RevisionReport[];
  /** What seals the examined revisions; absent when none was, or when not all could be applied. */
  readonly plan?: { readonly digest: string; readonly revisions: readonly ReviewSeal[] };
}

/** The outcome of `headgate check`. `errored`: something could not be checked, and nothing failed. */
export interface Verdict {
  readonly schemaVersion: 1;
  /** Headgate's version. */
  readonly headgate: string;
  readonly verdict: "passed" | "failed" | "errored";
  /** Why there is nothing to report on, and what to do; then there are no projects. */
  readonly message?: string;
  /** Git commit that decided which revisions are new; absent when every revision counts as new. */
  readonly base?: string;
  /** Why there is no base, as a sentence without its full stop; absent where there is one. */
  readonly noBase?: string;
  readonly projects: readonly ProjectVerdict[];
}
