import type { Catalog } from "../catalog/catalog.ts";
import type { Direction } from "../finding.ts";
import type { AtOnce, StatementPlace, StepOutcome } from "../sessions/session.ts";
import type { SentScript } from "./determinism.ts";
import type { WithStalls } from "./outage.ts";
import type { HungStep } from "./steps.ts";
import type { Surroundings } from "./surroundings.ts";

/** One project's tool and its database, with somebody watching: what the replay plays on. */
export interface Stage extends AsyncDisposable {
  /** The catalog as it is now, and what `ALTER SYSTEM` has set. The next step may begin before it has been read. */
  snapshot(): Promise<Catalog>;
  upgrade(revisions: readonly string[]): Promise<StepOutcome | HungStep>;
  downgrade(revisions: readonly string[]): Promise<StepOutcome | HungStep>;
  /** Takes all of these back, the last first. Leaves a checkpoint of its own. */
  rangeDown(revisions: readonly string[]): Promise<StepOutcome | HungStep>;
  /** Applies all of these again, after `rangeDown` of the same. */
  rangeUp(revisions: readonly string[]): Promise<StepOutcome | HungStep>;
  /** What the tool's own command does with all that is pending; absent where that is one by one. */
  readonly atOnce?: Pick<AtOnce, "manner" | "remedy"> & {
    /** Applies all of these so. A statement that waits for the run's own transaction is ended, and is its failure. */
    upgrade(revisions: readonly string[]): Promise<StepOutcome | HungStep>;
  };
  /** Takes one revision one step and records every statement of it, with what the server says it did. */
  recorded(revision: string, direction: Direction): Promise<StepOutcome | HungStep>;
  /** Tells the names, without their schema, of the tables in which the tool keeps what is applied. */
  expectRecord(versionTables: readonly string[]): void;
  /** The tables, but for those in which the tool keeps what is applied, on which the recorded step of this revision took a lock that reads or writes have to wait for. */
  blockedTables(revision: string, direction: Direction): readonly string[];
  /** Takes a step while others sit on these tables, and sees what stops meanwhile. */
  parked(
    revision: string,
    direction: Direction,
    tables: readonly string[],
  ): Promise<WithStalls<StepOutcome | HungStep>>;
  /** Upgrades after a downgrade, in these surroundings or in the usual ones, and takes down only what is sent. */
  again(
    surroundings: Surroundings | undefined,
    revision: string,
    upgrade: () => Promise<StepOutcome | HungStep>,
  ): Promise<{ readonly outcome: StepOutcome | HungStep; readonly sent: SentScript }>;
  /** Takes a revision back in these surroundings, which may be the only ones that know what it made in them. */
  backIn(surroundings: Surroundings, revision: string): Promise<StepOutcome | HungStep>;
  /** Forgets what was sent again so far: the attempt is made once more. */
  afresh(revision: string): void;
  /** What the recorded upgrade of this revision sent. */
  sentFirst(revision: string): SentScript;
  /** Begins to load the tool in another process, for the second upgrade of these. @param sources of the migrations */
  expectOthers(sources: readonly string[]): void;
  /** Other surroundings than usual, and why the process is not another one where it could be. */
  otherSurroundings(): Promise<Surroundings & { readonly untried?: string }>;
  /** Where in its file each statement of a recorded step came from, in their order; none where the tool cannot say. */
  places(revision: string, direction: Direction): readonly StatementPlace[];
  /** Applies revisions and takes down only what they send. */
  noted(revisions: readonly string[]): Promise<StepOutcome | HungStep>;
  /**
   * Takes a revision back, recorded, and gives the tables and columns that it made and copied no rows into, as the catalog
   * names them; `renamed`, whether what its upgrade took away was there all the while under another name. The next step
   * may begin before these have been read.
   */
  back(revision: string): Promise<{
    readonly outcome: StepOutcome | HungStep;
    readonly renamed: boolean;
    readonly madeEmpty: Promise<readonly string[]>;
  }>;
  /** Remembers the present state of the database, in place of what was remembered before. */
  checkpoint(): Promise<void>;
  /** Keeps what is remembered now beside what will be; once. */
  keep(): Promise<void>;
  /** Brings the database back to the remembered state, or to the one that was kept. */
  restore(state?: "kept"): Promise<void>;
  /** The recorded steps that did not get to their end, as `up ab12`: they did not send all that they would. */
  readonly brokenOff: ReadonlySet<string>;
}
