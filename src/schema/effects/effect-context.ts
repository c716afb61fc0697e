import type { LockMode } from "../../postgres/lock-modes.ts";
import type { BodyOf, NodeKind, RangeVar } from "../../sql/syntax.ts";
import type { Place } from "../place.ts";
import type { Schema } from "../schema.ts";

/** What the effects of one statement are told from, and told to. Relations go by their qualified names. */
export interface EffectContext {
  /** Before the statement. */
  readonly schema: Schema;
  readonly place: Place;
  /** The name of a relation that the statement mentions. */
  named(relation: RangeVar): string;
  lock(relation: string, mode: LockMode): void;
  /** Locks a relation with all its partitions and inheriting tables. */
  lockTree(relation: string, mode: LockMode): void;
  /** The relation's storage is written anew. */
  rewrite(relation: string): void;
  /** The table is read whole. */
  scan(relation: string): void;
  /** What is said of rewrites and scans is assumed, because something is not known. */
  unsure(): void;
}

/** The effects of statements, by their kind. */
export type EffectTable = {
  readonly [Kind in NodeKind]?: (statement: BodyOf<Kind>, context: EffectContext) => void;
};
