import { lockModes } from "../postgres/lock-modes.ts";
import type { RelationState } from "./evidence.ts";
import type { Probe, ProbedRelation } from "./probe.ts";
import type { Transaction } from "./transaction.ts";

const strong = lockModes.indexOf("SHARE UPDATE EXCLUSIVE");

/** The relations of a probe that existed before the transaction, and whether there are others. */
export function existing(
  { begunAt }: Transaction,
  { relations, existingOnly }: Probe,
): { readonly relations: ReadonlyMap<number, ProbedRelation>; readonly creates: boolean | undefined } {
  if (existingOnly) return { relations, creates: undefined };
  const highestOid = begunAt?.highestOid ?? Infinity;
  const old = new Map([...relations].filter(([oid]) => oid <= highestOid));
  return { relations: old, creates: old.size < relations.size };
}

/** Both; a long transaction holds thousands, and most statements add none to one of the two. */
export function together(
  states: ReadonlyMap<number, RelationState>,
  others: ReadonlyMap<number, RelationState>,
): ReadonlyMap<number, RelationState> {
  return others.size === 0 ? states : new Map([...states, ...others]);
}

/** Whether nothing has happened to a relation between two probes. */
export function isSame(before: RelationState | undefined, now: RelationState): boolean {
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
export function stronglyLocked(states: Transaction["states"]): readonly number[] {
  return [...states]
    .filter(([, { modes }]) => [...modes].some((mode) => lockModes.indexOf(mode) >= strong))
    .map(([oid]) => oid);
}
