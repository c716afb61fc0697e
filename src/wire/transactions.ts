import { lockModes } from "../postgres/lock-modes.ts";
import { nothingToShow, probedEvidence, unconfirmed } from "./evidence.ts";
import type { RelationState, Surroundings } from "./evidence.ts";
import type { Handlers } from "./exception-handlers.ts";
import type { Mark } from "./known-relations.ts";
import type { Observer, SeenLock } from "./observer.ts";
import type { Probe, ProbedRelation } from "./probe.ts";
import { createOwnTables } from "./own-tables.ts";
import type { OwnTables } from "./own-tables.ts";
import type { Notebook, OpenStatement } from "./recorder.ts";
import type { HeldLock, StatementEvidence } from "./recording.ts";

const strong = lockModes.indexOf("SHARE UPDATE EXCLUSIVE");

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
  /** Whether something may be put off to its end, and whether it may have made constraints that do so. */
  putsOff: boolean;
  makesDeferrable: boolean;
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

/** The transactions of one connection, one after the other. */
export interface Transactions {
  /** Whether something ran that no probe counted the scans of. */
  uncounted: boolean;
  /** Whether the server can't be told to clear the session's counters between transactions. */
  carries: boolean;
  /** What the session's counters start from then. */
  carried: Counters;
  current(): Transaction | undefined;
  begin(block: Transaction["block"]): Transaction;
  end(): void;
  /**
   * Where the transaction began, for those who come to look later. Asked once. `names`: only what is known of relations
   * is needed, and no position in the write-ahead log.
   */
  mark(transaction: Transaction, needs?: "names"): Promise<Mark>;
  /** What there is to say of a statement on the transaction's own tables before the next probe: nothing is held that was not. */
  onOwnTables(transaction: Transaction, probe: Pick<Probe, "wal">, around: Surroundings): StatementEvidence;
  /** Whether code ran since the last probe that may have taken a part of its work back; or the server cannot tell. */
  mayHaveTakenBack(transaction: Transaction, probe: Pick<Probe, "handled">): boolean;
  /** Calls it complete only once the next probe has shown that. */
  await(transaction: Transaction, record: OpenStatement, evidence: StatementEvidence): void;
  /**
   * Says of the statements since the last probe what it shows, and compares it with the one before, which it replaces.
   * @param asExpected whether it shows nothing else that they should not have done
   */
  confirm(transaction: Transaction, probe: Probe, asExpected: boolean): void;
  /** Compares a probe with the one before, which it replaces. */
  evidence(transaction: Transaction, probe: Probe, around: Surroundings): StatementEvidence;
  /** The same from outside, where the backend can't be asked: locks only. */
  locksSeen(transaction: Transaction, locks: readonly SeenLock[], around: Surroundings): StatementEvidence;
}

/** Keeps track of a connection's transactions. */
export function createTransactions(notebook: Notebook, observer: Observer): Transactions {
  let current: Transaction | undefined;
  /** At the last probe, of any transaction. */
  let handled = 0;

  /** Counters that went down were cleared in between. */
  const startOf = (oid: number, now: ProbedRelation): { readonly scans: number; readonly rows: number } | undefined => {
    const carried = transactions.carried.get(oid);
    return carried && carried.scans <= now.scans && carried.rows <= now.rows ? carried : undefined;
  };

  const compare = (
    transaction: Transaction,
    relations: ReadonlyMap<number, ProbedRelation>,
    around: Surroundings,
  ): StatementEvidence => {
    const facts = observer.known();
    const starts = new Map<number, RelationState>();
    for (const [oid, now] of relations) {
      const start = transaction.states.has(oid) ? undefined : startOf(oid, now);
      const filenode = facts.get(oid)?.filenode;
      if (start && filenode !== undefined) {
        const { scans, rows } = start;
        starts.set(oid, { modes: new Set(), filenode, scans, rows });
      }
    }
    const before = together(transaction.states, starts);
    const evidence = probedEvidence(before, { relations }, facts, around);
    transaction.held = evidence.held;
    // What is no longer locked was rolled back to a savepoint, and is as it was before; its counters stay.
    const unlocked = new Map<number, RelationState>();
    for (const [oid, state] of transaction.states)
      if (!relations.has(oid))
        unlocked.set(oid, { ...state, modes: new Set(), filenode: facts.get(oid)?.filenode ?? state.filenode });
    transaction.states = together(relations, unlocked);
    return evidence;
  };

  const transactions: Transactions = {
    uncounted: false,
    carries: false,
    carried: new Map(),
    current: () => current,
    begin(block) {
      current = {
        number: notebook.nextTransaction(),
        block,
        states: new Map(),
        wal: undefined,
        disturbed: false,
        mark: undefined,
        begunAt: undefined,
        changesAnything: false,
        creates: undefined,
        definesCode: false,
        revokes: false,
        putsOff: false,
        makesDeferrable: false,
        handled: transactions.carries ? handled : 0,
        own: createOwnTables(),
        held: [],
        unconfirmed: [],
      };
      return current;
    },
    end() {
      if (current?.changesAnything) observer.forget();
      else if (current?.definesCode || current?.makesDeferrable) observer.codeTouched();
      if (current?.begunAt && !current.changesAnything)
        observer.touched(
          stronglyLocked(current.states),
          current.creates === false ? undefined : current.begunAt.highestOid,
        );
      if (current && transactions.carries) transactions.carried = new Map([...transactions.carried, ...current.states]);
      // What was read of relations that it has made is not in its states.
      if (current && current.creates !== false && transactions.carries) transactions.uncounted = true;
      current = undefined;
    },
    mark(transaction, needs) {
      if (transaction.mark) return transaction.mark;
      const asked = needs === "names" ? observer.refresh() : observer.mark();
      if (!(asked instanceof Promise)) transaction.begunAt = asked;
      return (transaction.mark = Promise.resolve(asked).then((mark) => (transaction.begunAt = mark)));
    },
    onOwnTables(transaction, probe, around) {
      return nothingToShow({ ...around, ...walSince(transaction, probe) }, transaction.held);
    },
    mayHaveTakenBack(transaction, probe) {
      const before = transaction.handled;
      handled = transaction.handled = probe.handled;
      // Fewer than before: the server has cleared its counters in between.
      return probe.handled < 0 || (probe.handled > 0 && probe.handled !== before);
    },
    await(transaction, record, evidence) {
      if (evidence.completeness !== "complete") return;
      record.finish({ evidence: unconfirmed(evidence) });
      transaction.unconfirmed.push({ record, evidence });
    },
    confirm(transaction, probe, asExpected) {
      const { states } = transaction;
      const { relations } = existing(transaction, probe);
      const nothing = [...relations].every(([oid, state]) => isSame(states.get(oid), state));
      compare(transaction, relations, { said: [] });
      for (const { record, evidence } of transaction.unconfirmed.splice(0))
        if (nothing && asExpected) record.finish({ evidence });
    },
    evidence(transaction, probe, around) {
      const { relations, creates } = existing(transaction, probe);
      transaction.creates = creates;
      return compare(transaction, relations, { ...around, ...walSince(transaction, probe) });
    },
    locksSeen(transaction, locks, around) {
      const facts = observer.known();
      const relations = new Map<number, ProbedRelation>();
      for (const [oid, held] of Map.groupBy(locks, (lock) => lock.oid)) {
        const state = transaction.states.get(oid);
        relations.set(oid, {
          modes: new Set(held.map(({ mode }) => mode)),
          filenode: state?.filenode ?? facts.get(oid)?.filenode ?? 0,
          scans: state?.scans ?? 0,
          rows: state?.rows ?? 0,
        });
      }
      return compare(transaction, relations, around);
    },
  };
  return transactions;
}

/** The relations of a probe that existed before the transaction, and whether there are others. */
function existing(
  { begunAt }: Transaction,
  { relations, existingOnly }: Probe,
): { readonly relations: ReadonlyMap<number, ProbedRelation>; readonly creates: boolean | undefined } {
  if (existingOnly) return { relations, creates: undefined };
  const highestOid = begunAt?.highestOid ?? Infinity;
  const old = new Map([...relations].filter(([oid]) => oid <= highestOid));
  return { relations: old, creates: old.size < relations.size };
}

/** Both; a long transaction holds thousands, and most statements add none to one of the two. */
function together(
  states: ReadonlyMap<number, RelationState>,
  others: ReadonlyMap<number, RelationState>,
): ReadonlyMap<number, RelationState> {
  return others.size === 0 ? states : new Map([...states, ...others]);
}

function walSince(transaction: Transaction, { wal }: Pick<Probe, "wal">): Pick<Surroundings, "walBytes"> {
  const before = transaction.wal;
  transaction.wal = wal;
  return before === undefined || transaction.disturbed ? {} : { walBytes: wal - before };
}

function isSame(before: RelationState | undefined, now: RelationState): boolean {
  return (
    before !== undefined &&
    before.filenode === now.filenode &&
    before.scans === now.scans &&
    before.rows === now.rows &&
    before.modes.size === now.modes.size &&
    [...now.modes].every((mode) => before.modes.has(mode))
  );
}

/** Relations that the transaction may have renamed or moved: that takes SHARE UPDATE EXCLUSIVE at least. */
function stronglyLocked(states: Transaction["states"]): readonly number[] {
  return [...states]
    .filter(([, { modes }]) => [...modes].some((mode) => lockModes.indexOf(mode) >= strong))
    .map(([oid]) => oid);
}
