import type { Direction } from "../finding.ts";
import type { History } from "../history.ts";
import type { AtOnceManner } from "../tools/at-once.ts";

/** Why a revision could not be taken one step. */
export interface StepFailure {
  readonly kind:
    /** PostgreSQL refused a statement. */
    | "sql"
    /** The migration's own code raised. */
    | "code"
    /** The revision has no way back, and the tool says so. */
    | "no-downgrade"
    /** It asked for input on a terminal. */
    | "asks-for-input"
    /** The process running it ended. */
    | "died";
  /** One or a few sentences, without a stack trace. */
  readonly message: string;
  /** Which revision, when a run over several fails. */
  readonly revision: string;
  /** The SQL that failed, without bind values. */
  readonly statement?: string;
  /** Five characters, as in the appendix of PostgreSQL's manual. */
  readonly sqlState?: string;
  /** What to do, where that is known. */
  readonly help?: string;
  /** Relative to the repository root. */
  readonly file?: string;
  readonly line?: number;
}

/** Which line of its migration sent a statement. */
export interface StatementPlace {
  /** As the migration's code gave it; bind values may still be placeholders. */
  readonly sql: string;
  /** 1-based: where the operation begins. */
  readonly line: number;
}

/** The end of one step. `warnings` are things the step did that do not fail it, said in a sentence each. */
export type StepOutcome =
  | { readonly kind: "done"; readonly durationMs: number; readonly warnings?: readonly string[] }
  | { readonly kind: "failed"; readonly durationMs: number; readonly failure: StepFailure };

/** The end of one step that may share a run of the tool with others. */
export type HeldOutcome = StepOutcome & {
  /**
   * Of a step that is done: whether the run is still open, for the next one. Of one that failed: whether it followed others
   * in the same run and left nothing behind, so that it is worth taking by itself.
   */
  readonly held?: boolean;
};

/** What a tool prints instead of running a revision, or why it can't. */
export type OfflineScript =
  | {
      readonly sql: string;
      /** That part of `sql` from which the values are missing that the statements were given. */
      readonly withoutValues?: string;
    }
  | { readonly unavailable: string };

/** The scripts of several revisions, by id. */
export interface OfflineScripts {
  readonly scripts: Readonly<Record<string, OfflineScript>>;
  /** Why there is none at all. */
  readonly unavailable?: string;
}

/** The files of the repository that files of it import, or have opened so far, as the runtime finds them; those that import none are left out. */
export type Imports = Readonly<Record<string, readonly string[]>>;

/** One run of a tool over all that is pending, in which a revision meets what those before it left open. */
export interface AtOnce extends AtOnceManner {
  /** Applies these revisions in the order given, in the sessions and transactions that the tool makes by itself. */
  upgrade(revisions: readonly string[]): Promise<StepOutcome>;
}

/**
 * A project's migration tool, loaded once and connected to one database, taking one explicit step at a time.
 * One step runs at a time. After `release` the tool holds no connection; the next step connects again.
 */
export interface Session extends AsyncDisposable {
  /** Version of the migration tool; absent where Headgate sends the SQL itself. */
  readonly toolVersion?: string;
  /** What was not as the project's set-up says when it was loaded, in a sentence each. */
  readonly warnings?: readonly string[];
  /** The history as the tool itself sees it. @throws ToolError when the tool cannot load it */
  history(): Promise<History>;
  /** What the files of these revisions import or have opened, and those in turn. Absent where a migration is a file by itself. */
  imports?(revisions: readonly string[]): Promise<Imports>;
  /**
   * Creates the tool's own version table, so that it is there before the first snapshot of the catalog. Gives the names of
   * the tables in which the tool keeps what it applied, without their schema; none where it keeps nothing.
   */
  prepare(): Promise<readonly string[]>;
  /** Whether every step but a held one begins with a connection as good as new, whatever the one before it left; where not, `release` sees to it. */
  readonly beginsAnew?: boolean;
  /** Another one of the same history, on connections of its own. Absent where that takes a process. */
  beside?(): Session;
  /** Applies these revisions in the order given, stopping at the first that fails. Each is a run of its own to the tool. */
  upgrade(revisions: readonly string[]): Promise<StepOutcome>;
  /**
   * Takes these revisions one step in one run of the tool, in the order given, each in a transaction of its own; `begins` is called before each. Gives
   * nothing when that did not go as it does one by one, and then the database is somewhere in between; a failure only when
   * the process ended. Absent where a run of the tool costs little.
   */
  together?(
    direction: Direction,
    revisions: readonly string[],
    begins: (revision: string) => void,
  ): Promise<StepOutcome | undefined>;
  /** What the tool's own command does with all that is pending; absent where that is one revision after the other, each as good as alone. */
  readonly atOnce?: AtOnce;
  /**
   * Takes one revision one step, in the run of the tool that the step before it left open where there is one; whatever else is
   * asked of the session closes that. Each step is the one transaction that it is by itself, and between two of them the
   * tool's connection is idle. Absent where a run of the tool costs little.
   */
  hold?(direction: Direction, revision: string): Promise<HeldOutcome>;
  /** Lets the tool's connection, which a held step has left open, forget what that left in it. Absent where nothing is left. */
  clear?(): Promise<void>;
  /** Takes these revisions back in the order given, stopping at the first that fails. */
  downgrade(revisions: readonly string[]): Promise<StepOutcome>;
  /** Where the statements of the last step came from, in their order; absent where Headgate sends the files itself. */
  places?(): Promise<readonly StatementPlace[]>;
  /** Records these revisions as applied without running them. */
  stamp(revisions: readonly string[]): Promise<void>;
  /**
   * What the tool would print instead of running these revisions, in this order; reaches no database. Absent where the tool
   * can't. Runs the migrations' own code once more, so that nothing should be replayed afterwards.
   */
  offline?(revisions: readonly string[], direction: Direction): Promise<OfflineScripts>;
  /** Closes every connection to the database. */
  release(): Promise<void>;
  /** Ends a step that does not end by itself; the session can only be disposed afterwards. */
  kill(): void;
}
