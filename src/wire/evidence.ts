import { lockModes } from "../postgres/lock-modes.ts";
import type { LockMode } from "../postgres/lock-modes.ts";
import type { Probe } from "./probe.ts";
import type { ExistingRelation, HeldLock, StatementEvidence, TableScan } from "./recording.ts";
import type { RelationFacts } from "./relation-facts.ts";
import { sortRemarks } from "./remarks.ts";

/** What is known about a relation from the probe before. */
export interface RelationState {
  readonly modes: ReadonlySet<LockMode>;
  readonly filenode: number;
  readonly scans: number;
  readonly rows: number;
}

/** Measured around one statement, apart from what a probe says. */
export interface Surroundings {
  /** What the server said at `DEBUG1`. */
  readonly said: readonly string[];
  readonly walBytes?: number;
  readonly lockTimeoutMs?: number;
}

/** No evidence, and why. */
export function noEvidence(reason: string, around: Surroundings = { said: [] }): StatementEvidence {
  return { completeness: "none", reason, locks: [], held: [], rewrites: [], scans: [], ...surroundings(around) };
}

/**
 * Evidence of a statement that locks and changes nothing that others could notice: it needs no asking.
 * @param held what its transaction has held before it, and still does
 */
export function nothingToShow(around: Surroundings = { said: [] }, held: readonly HeldLock[] = []): StatementEvidence {
  return { completeness: "complete", locks: [], held, rewrites: [], scans: [], ...surroundings(around) };
}

/** Evidence that may lack something; what was so before stays. */
export function sampled(evidence: StatementEvidence, reason: string): StatementEvidence {
  return evidence.completeness === "complete" ? { ...evidence, completeness: "sampled", reason } : evidence;
}

/** The same as long as only its text says so. */
export const unconfirmed = (evidence: StatementEvidence): StatementEvidence =>
  sampled(
    evidence,
    "Its text names only tables of its own transaction, and the server did not confirm that it touched no others.",
  );

/** What a statement did, and what it had put off to the end of its transaction. */
export function withDeferred(evidence: StatementEvidence, deferred: StatementEvidence): StatementEvidence {
  if (evidence.completeness === "none") return evidence;
  const scans = new Map(evidence.scans.map((scan) => [scan.relation, scan]));
  for (const scan of deferred.scans) {
    const before = scans.get(scan.relation) ?? { scans: 0, rows: 0 };
    scans.set(scan.relation, { ...scan, scans: scan.scans + before.scans, rows: scan.rows + before.rows });
  }
  const walBytes = (evidence.walBytes ?? 0) + (deferred.walBytes ?? 0);
  const all = {
    ...evidence,
    locks: [...evidence.locks, ...deferred.locks].toSorted(byRelationAndMode),
    held: deferred.held.length > 0 ? deferred.held : evidence.held,
    rewrites: [...evidence.rewrites, ...deferred.rewrites].toSorted(byRelation),
    scans: [...scans.values()].toSorted(byRelation),
    ...(evidence.walBytes !== undefined && { walBytes }),
  };
  return deferred.reason === undefined ? all : sampled(all, deferred.reason);
}

/** Evidence from a transaction's state before and after a statement. `facts` are of relations that existed before the transaction. */
export function probedEvidence(
  before: ReadonlyMap<number, RelationState>,
  after: Pick<Probe, "relations">,
  facts: ReadonlyMap<number, RelationFacts>,
  around: Surroundings,
): StatementEvidence {
  const locks: HeldLock[] = [];
  const held: HeldLock[] = [];
  const rewrites: ExistingRelation[] = [];
  const drops: ExistingRelation[] = [];
  const scans: TableScan[] = [];
  for (const [oid, now] of after.relations) {
    const fact = facts.get(oid);
    if (!fact || fact.kind === "TOAST table") continue;
    const { relation, kind } = fact;
    const earlier = before.get(oid);
    for (const mode of now.modes) {
      held.push({ relation, kind, mode });
      if (!earlier?.modes.has(mode)) locks.push({ relation, kind, mode });
    }
    const filenode = earlier?.filenode ?? fact.filenode;
    if (now.filenode !== 0 && now.filenode !== filenode) rewrites.push({ relation, kind });
    // What is dropped stays locked, and has no storage any more.
    if (now.filenode === 0 && filenode !== 0 && rowsOf.has(kind)) drops.push({ relation, kind });
    // An index counts its own scans, which are what one wants to see.
    if (kind === "index") continue;
    const begun = now.scans - (earlier?.scans ?? 0);
    if (begun > 0) scans.push({ relation, kind, scans: begun, rows: now.rows - (earlier?.rows ?? 0) });
  }
  return {
    completeness: "complete",
    locks: locks.toSorted(byRelationAndMode),
    held: held.toSorted(byRelationAndMode),
    rewrites: rewrites.toSorted(byRelation),
    ...(drops.length > 0 && { drops: drops.toSorted(byRelation) }),
    scans: scans.toSorted(byRelation),
    ...surroundings(around),
  };
}

const rowsOf: ReadonlySet<string> = new Set(["table", "materialized view"]);

/** Evidence from watching a statement that runs outside a transaction. `after`: the relations once it had ended. */
export function watchedEvidence(
  seen: Iterable<{ readonly oid: number; readonly mode: LockMode }>,
  before: ReadonlyMap<number, RelationFacts>,
  after: ReadonlyMap<number, RelationFacts>,
  reason: string,
  around: Surroundings,
): StatementEvidence {
  const locks = [...seen].flatMap(({ oid, mode }) => {
    const fact = before.get(oid);
    return fact && fact.kind !== "TOAST table" ? [{ relation: fact.relation, kind: fact.kind, mode }] : [];
  });
  // REINDEX CONCURRENTLY gives the name of an index to another one.
  const named = new Map([...after.values()].map((fact) => [fact.relation, fact]));
  const rewrites = [...before.values()]
    .filter(({ oid, relation, kind, filenode }) => {
      const now = after.get(oid) ?? named.get(relation);
      return now && now.filenode !== 0 && now.filenode !== filenode && kind !== "TOAST table";
    })
    .map(({ relation, kind }) => ({ relation, kind }));
  return {
    completeness: "sampled",
    reason,
    locks: locks.toSorted(byRelationAndMode),
    held: [],
    rewrites: rewrites.toSorted(byRelation),
    scans: [],
    ...surroundings(around),
  };
}

function surroundings({
  said,
  walBytes,
  lockTimeoutMs,
}: Surroundings): Pick<StatementEvidence, "indexBuilds" | "verifications" | "remarks" | "walBytes" | "lockTimeoutMs"> {
  const { indexBuilds, verifications, others } = sortRemarks(said);
  return {
    indexBuilds,
    verifications,
    remarks: others,
    ...(walBytes !== undefined && { walBytes }),
    ...(lockTimeoutMs !== undefined && { lockTimeoutMs }),
  };
}

function byRelation(one: ExistingRelation, other: ExistingRelation): number {
  return one.relation < other.relation ? -1 : one.relation > other.relation ? 1 : 0;
}

function byRelationAndMode(one: HeldLock, other: HeldLock): number {
  return byRelation(one, other) || lockModes.indexOf(one.mode) - lockModes.indexOf(other.mode);
}
