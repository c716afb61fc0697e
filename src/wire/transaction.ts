import type { RelationState } from "./evidence.ts";
import type { Handlers } from "./exception-handlers.ts";
import type { Mark } from "./known-relations.ts";
import type { OwnTables } from "./own-tables.ts";
import type { OpenStatement } from "./notebook.ts";
import type { HeldLock, StatementEvidence } from "./recording.ts";

/** What is known about the transaction that is open. */
export interface Transaction {
  readonly number: number;
  block: "explicit" | "implicit";
  /** State of the relations at the last probe. */
  states: ReadonlyMap<number, RelationState>;
  /** Position in the write-ahead log before the next statement; absent when it was never asked. */
  wal: number | undefined;
  /** Whether somebody else may have written there since. */
  disturbed: boolean;
  mark: Promise<Mark> | undefined;
  /** The client's `client_min_messages`, while the server is asked to say more from one statement to the next. */
  raisedFrom?: string | undefined;
  /** What `mark` said, once it has. */
  begunAt: Mark | undefined;
  /** Whether something ran in it after which any relation may have another name or place. */
  changesAnything: boolean;
  /** Whether it has made relations that nobody else sees yet; unknown where the last probe left these out. */
  creates: boolean | undefined;
  /** Whether it may have made or replaced functions. */
  definesCode: boolean;
  /** Whether it may have made functions that read or set `client_min_messages`. */
  readsLevel: boolean;
  /** Whether it may have made an event trigger, which calls functions after its other statements. */
  makesEventTrigger: boolean;
  /** Whether something may be put off to its end, and whether it may have made constraints that do so. */
  putsOff: boolean;
  makesDeferrable: boolean;
  /** Whether it may have opened a cursor WITH HOLD. */
  holdsCursor: boolean;
  /** Whether it may have taken the right to ask away. */
  revokes: boolean;
  /** Functions that may take a part of their work back, where it has made some itself. */
  handlers?: Handlers;
  /** How often such functions had been called at the last probe. */
  handled: number;
  readonly own: OwnTables;
  /** On relations that existed before, at the last probe. */
  held: readonly HeldLock[];
  /** Statements on its own tables since the last probe, which is to show that they did nothing that others could notice. */
  unconfirmed: { readonly record: OpenStatement; readonly evidence: StatementEvidence }[];
}

/** The counters of a session that a relation had before a transaction. */
export type Counters = ReadonlyMap<number, { readonly scans: number; readonly rows: number }>;
