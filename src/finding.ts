/** How much a finding weighs: an `error` fails the gate, a `warning` fails it with `--fail-on warning`, `info` never does. */
export type Severity = "error" | "warning" | "info";

/** Which way the migration was going. */
export type Direction = "up" | "down";

/** A lock on a relation; `mode` as PostgreSQL's manual spells it, for example `ACCESS EXCLUSIVE`. */
export interface ObservedLock {
  /** Schema-qualified name. */
  readonly relation: string;
  readonly mode: string;
}

/** Where a finding's claim comes from. */
export interface Evidence {
  readonly source: "static" | "observed" | "both";
  readonly locks: readonly ObservedLock[];
  /** Schema-qualified names of relations whose storage was rewritten. */
  readonly rewrites: readonly string[];
  /** Schema-qualified names of tables that were read whole. */
  readonly scans: readonly string[];
  readonly durationMs?: number;
  /** What stopped while the statement waited for its lock behind one open transaction. */
  readonly stalls?: readonly ObservedStall[];
}

/** What an application could not do on a table while a migration waited for a lock on it. */
export interface ObservedStall {
  /** Schema-qualified name. */
  readonly relation: string;
  /** The mode that was waited for. */
  readonly mode: string;
  /** What the transaction that was open had done on the table, where that was enough to keep the migration waiting. */
  readonly behind: "read" | "written";
  readonly stopped: readonly ("reads" | "writes")[];
}

/** One thing that is wrong, or worth knowing, about a project's migrations. Part of the public verdict. */
export interface Finding {
  /** Kebab-case sentence, for example `downgrade-incomplete`. */
  readonly ruleId: string;
  readonly severity: Severity;
  /** The rule's name for people, without any detail of this finding. */
  readonly title: string;
  /** What happened, to which object, in whole sentences. Plain text; may quote names that strangers chose. */
  readonly message: string;
  /** What to do, starting with a verb; may end with SQL or a command on lines of its own. */
  readonly help?: string;
  readonly docsUrl?: string;
  readonly revision?: string;
  readonly direction?: Direction;
  /** Relative to the repository root, with `/`. */
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based, in UTF-16 code units; where `line` is known. */
  readonly column?: number;
  /** The SQL it is about, without the comments before it. */
  readonly statement?: string;
  /** What was changed, as a unified difference of a few lines. */
  readonly difference?: string;
  /** Schema-qualified. */
  readonly relation?: string;
  readonly evidence?: Evidence;
}

/** A finding that an allowance took away. */
export interface AllowedFinding {
  readonly ruleId: string;
  readonly reason: string;
  readonly file: string;
  readonly line?: number;
}
