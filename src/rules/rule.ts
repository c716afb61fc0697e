import type { Severity } from "../finding.ts";
import type { LockMode } from "../postgres/lock-modes.ts";
import type { Effects } from "../schema/effects/effects.ts";
import type { SearchPath } from "../schema/names.ts";
import type { Schema } from "../schema/schema.ts";
import type { Session, Transaction } from "../schema/session.ts";
import type { Settings } from "../schema/settings.ts";
import type { AlterTableCmd, Node, NodeKind, RangeVar } from "../sql/syntax.ts";

/** What an operation does to an existing relation, for the rule's page. The fixtures prove it on every version. */
export interface RuleEffect {
  /** The lock it takes, as the manual spells it. */
  readonly lock?: LockMode;
  /** Whether a table is written anew. */
  readonly rewrite?: boolean;
  /** Whether a table is read whole while the lock is held. */
  readonly scan?: boolean;
  /** What else goes wrong, in a sentence. */
  readonly consequence: string;
}

/** Where PostgreSQL's manual says it. */
export interface RuleSource {
  readonly url: string;
  readonly section: string;
  /** The version of the manual that was read. */
  readonly version: string;
}

/** A relation as a statement names it. */
export interface Target {
  /** Qualified: `public.orders`. */
  readonly name: string;
  /** As the statement writes it, ready to be put into SQL. */
  readonly sql: string;
  /** Whether it was made by the migration that runs, so that no application can be using it. */
  readonly fresh: boolean;
}

/** A statement of a migration, with all that is known when it runs. */
export interface Step {
  readonly node: Node;
  /** Its text, without the comments before it and without its semicolon. */
  readonly sql: string;
  /** What the client sends: the statement itself, or the block that it is part of. */
  readonly sent: string;
  /** Whether it is part of a `DO` block. */
  readonly inner: boolean;
  /** The query of the loop that it is part of, where all passes are one transaction. */
  readonly loop?: Node | undefined;
  /** 1-based; where it is in its file. Absent where that is unknown. */
  readonly line?: number | undefined;
  /** Its number in the migration, counted from 0. */
  readonly index: number;
  /** Absent: it runs alone, and what it does is kept at once. */
  readonly transaction?: Transaction | undefined;
  /** In effect when it runs. */
  readonly settings: Settings;
  readonly schema: Schema;
  readonly searchPath: SearchPath;
  readonly effects: Effects;
  /** Before and after it. */
  readonly before: Session;
  readonly after: Session;
  /** A relation that the statement names. */
  target(relation: RangeVar): Target;
  /** Whether the relation of that qualified name was made by the migration that runs. */
  isFresh(name: string): boolean;
}

/** What the server said that a statement did, where it was asked. Names are qualified and without quotes. */
export interface Observed {
  /** Taken by this statement. */
  readonly locks: readonly { readonly relation: string; readonly mode: LockMode }[];
  /** The same without those on indexes and sequences. */
  readonly tablesLocked: readonly { readonly relation: string; readonly mode: LockMode }[];
  /** All that its transaction held after it. */
  readonly held: readonly { readonly relation: string; readonly mode: LockMode }[];
  /** Relations whose storage was replaced. */
  readonly rewrites: readonly string[];
  /** Those of them that hold rows. */
  readonly rewrittenTables: readonly string[];
  /** Tables and materialized views that are gone after it. */
  readonly drops: readonly string[];
  /** Tables that were read whole. */
  readonly scans: readonly string[];
  /** In effect when it began, in milliseconds; 0 means that it would have waited for ever. */
  readonly lockTimeoutMs?: number;
}

/** One migration, in one direction, with its statements in the order they run. */
export interface Migration {
  /** Counted from 0 along the history. */
  readonly number: number;
  /** Its revision, where it belongs to a history. */
  readonly revision?: string;
  readonly file: string;
  readonly direction: "up" | "down";
  readonly steps: readonly Step[];
  /** The version of the tool before which all of it is one transaction. */
  readonly apartSince?: string;
  /** The majors of PostgreSQL it may meet, ascending. */
  readonly majors: readonly number[];
}

/** A subcommand of `ALTER TABLE`, as the parser calls it. */
export type Subcommand = NonNullable<AlterTableCmd["subtype"]>;

/** A part of a way that takes several migrations: what it does, and its statements, ready to run like a fix. */
export interface Stage {
  /** A sentence that ends in a colon. */
  readonly help: string;
  readonly fix: readonly string[];
}

/** What a rule says of one statement. Message and help follow the message guide; neither is formatted. */
export interface Judgement {
  /** What happens, to which relation, and what that blocks. */
  readonly message: string;
  /** What to do instead, starting with a verb. */
  readonly help: string;
  /** The statements to put in its place, each alone or as one transaction, ready to run; comments say what needs care. */
  readonly fix?: readonly string[];
  /** The fix stands for the whole statement, and not for one command of it. */
  readonly whole?: true;
  /** What comes after the fix, in this order. */
  readonly later?: readonly Stage[];
  /** Qualified. */
  readonly relation?: string;
  /** Absent: the rule's. */
  readonly severity?: Severity;
  /** The server said it, not the text. */
  readonly observed?: true;
  /** It is said of another statement of the migration than the one looked at. */
  readonly step?: Step;
  /** Withdraws it when the schema that the whole history ends with shows it settled. */
  readonly unless?: (final: Schema) => boolean;
  /** The five characters with which PostgreSQL refuses the statement. */
  readonly sqlState?: string;
}

/** One hazard: how to tell it, and how to avoid it. A rule never formats, prints, queries or reads configuration. */
export interface Rule {
  /** The name of its file. */
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  /** The majors of PostgreSQL in which it is one; absent: all that are supported. */
  readonly appliesTo?: { readonly from?: number; readonly to?: number };
  readonly effect: RuleEffect;
  /** How to do the same safely, in a few sentences for its page. */
  readonly remedy: string;
  /** The shapes that look alike and are not reported, for its page. */
  readonly harmless?: string;
  readonly source: RuleSource;
  readonly detectedBy: "static" | "trace" | "both";
  /** The rows of `hazards.ts` that it answers. */
  readonly hazards: readonly string[];
  /** Whether it is left out where an error is about the lock of the same statement, and after the first time in a transaction. */
  readonly givesWay?: true;
  /** Whether it says itself that queries wait behind the statement, and how not to: then what gives way does so to its warning, too. */
  readonly saysWaiting?: true;
  /** The kinds of statements that `check` looks at; absent: every one. */
  readonly statements?: readonly NodeKind[];
  /**
   * The subcommands of `ALTER TABLE` that `check` looks at, on tables that an application may be using, and nothing else of it;
   * absent: all of it.
   */
  readonly commands?: readonly Subcommand[];
  /** What is wrong with one statement. */
  check(step: Step, migration: Migration): Iterable<Judgement>;
  /** What is wrong with what the server said that it did, beyond what its text tells. */
  observe?(observed: Observed, step: Step, migration: Migration): Iterable<Judgement>;
}
