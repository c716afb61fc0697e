import { unquotedName as unquoted } from "../sql/quote-identifier.ts";
import type { Finding } from "../finding.ts";
import type { LockMode } from "../postgres/lock-modes.ts";
import type { Observed, Rule, Step } from "./rule.ts";

/** What a recording keeps of a statement, with names as the server quotes them. */
interface QuotedEvidence {
  readonly locks: readonly { readonly relation: string; readonly mode: LockMode; readonly kind: string }[];
  readonly held: readonly { readonly relation: string; readonly mode: LockMode; readonly kind: string }[];
  readonly rewrites: readonly { readonly relation: string; readonly kind: string }[];
  readonly drops?: readonly { readonly relation: string }[];
  readonly scans: readonly { readonly relation: string; readonly kind: string }[];
  readonly lockTimeoutMs?: number;
}

/** The evidence under the names that rules and findings use. */
export function observedOf({ locks, held, rewrites, drops = [], scans, lockTimeoutMs }: QuotedEvidence): Observed {
  const bare = ({ relation, mode }: { relation: string; mode: LockMode }) => ({ relation: unquoted(relation), mode });
  const tables = rewrites.filter(({ kind }) => kind !== "index" && kind !== "sequence" && kind !== "partitioned index");
  return {
    locks: locks.map(bare),
    held: held.map(bare),
    rewrites: rewrites.map(({ relation }) => unquoted(relation)),
    rewrittenTables: tables.map(({ relation }) => unquoted(relation)),
    tablesLocked: locks.filter(({ kind }) => lockable.has(kind)).map(bare),
    drops: drops.map(({ relation }) => unquoted(relation)),
    scans: scans.map(({ relation }) => unquoted(relation)),
    ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs }),
  };
}

const lockable = new Set(["table", "partitioned table", "materialized view", "view", "foreign table"]);

/**
 * The evidence under the names that relations have when the statement is sent: the server tells those that they had when
 * the transaction began.
 */
export function observedBy({ before: { transaction } }: Pick<Step, "before">, observed: Observed): Observed {
  if (!transaction || transaction.renames.size === 0) return observed;
  const names = new Map([...transaction.renames].map(([now, once]) => [once, now]));
  const name = (relation: string): string => names.get(relation) ?? relation;
  const lock = <Lock extends { readonly relation: string }>(each: Lock): Lock => ({
    ...each,
    relation: name(each.relation),
  });
  return {
    ...observed,
    locks: observed.locks.map(lock),
    tablesLocked: observed.tablesLocked.map(lock),
    held: observed.held.map(lock),
    rewrites: observed.rewrites.map(name),
    rewrittenTables: observed.rewrittenTables.map(name),
    drops: observed.drops.map(name),
    scans: observed.scans.map(name),
  };
}

/** Whether the server contradicts what a rule is about: the lock, the rewrite or the scan of the relation that the finding names. */
export function isRefuted(
  { relation, evidence }: Finding,
  rule: Pick<Rule, "effect"> | undefined,
  step: Step | undefined,
  observed: Observed,
): boolean {
  if (evidence === undefined || evidence.source === "observed" || !rule) return false;
  const { effect } = rule;
  // It is unknown on what, and it was on nothing: `DROP INDEX IF EXISTS` of an index that was never made takes none.
  if (effect.lock && evidence.locks.length === 0 && observed.locks.length === 0) return true;
  if (relation === undefined) return false;
  const claimed = evidence.locks.find((lock) => lock.relation === relation);
  const isHeld = observed.held.some((lock) => lock.relation === relation && lock.mode === claimed?.mode);
  if (effect.lock && claimed && !isHeld) return true;
  if (effect.rewrite && evidence.rewrites.includes(relation) && !observed.rewrites.includes(relation)) return true;
  const reads = effect.scan && !effect.rewrite && evidence.scans.includes(relation) && !(step && isQuery(step));
  return (reads ?? false) && !observed.scans.includes(relation);
}

/** What a query reads is for its plan to decide, which is another one on a table with rows. */
const isQuery = ({ node }: Step): boolean =>
  ["SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "CreateTableAsStmt", "RefreshMatViewStmt"].some(
    (kind) => kind in node,
  );
