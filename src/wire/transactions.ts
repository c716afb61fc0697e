import { type RelationState, type Surroundings, nothingToShow, probedEvidence, unconfirmed } from "./evidence.ts";
import type { Mark } from "./known-relations.ts";
import type { Observer, SeenLock } from "./observer.ts";
import { createOwnTables } from "./own-tables.ts";
import type { Probe, ProbedRelation } from "./probe.ts";
import type { Notebook, OpenStatement } from "./notebook.ts";
import type { StatementEvidence } from "./recording.ts";
import { existing, isSame, stronglyLocked, together } from "./relation-states.ts";
import type { Counters, Transaction } from "./transaction.ts";

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
  /** Counts scans from these on: what was counted since the last probe is no statement's that comes. */
  recount(transaction: Transaction, counters: Counters): void;
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
        readsLevel: false,
        makesEventTrigger: false,
        revokes: false,
        putsOff: false,
        makesDeferrable: false,
        holdsCursor: false,
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
    recount(transaction, counters) {
      transactions.uncounted = true;
      transactions.carried = new Map([...transactions.carried, ...counters]);
      transaction.states = new Map(
        [...transaction.states].map(([oid, state]) => [oid, { ...state, ...counters.get(oid) }]),
      );
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

function walSince(transaction: Transaction, { wal }: Pick<Probe, "wal">): Pick<Surroundings, "walBytes"> {
  const before = transaction.wal;
  transaction.wal = wal;
  return before === undefined || transaction.disturbed ? {} : { walBytes: wal - before };
}
