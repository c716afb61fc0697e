import type { LedgerEntry } from "./ledger.ts";

/**
 * What Headgate applied, has not taken back, and no longer finds in the history: files that are missing. A tool that remembers
 * only how far it came does not notice. What somebody allowed by name once, as when old migrations are made one, is no longer told.
 * @param applied what the version table says, as far as the history knows
 */
export function goneFrom(
  ledger: readonly LedgerEntry[],
  applied: ReadonlySet<string>,
  known: ReadonlySet<string>,
): readonly string[] {
  const candidates = new Set<string>();
  const gone = new Set<string>();
  for (const { event, revision, allowed } of ledger) {
    if (event === "reverted") {
      candidates.delete(revision);
      gone.delete(revision);
    }
    if (event !== "applied") continue;
    if (!applied.has(revision) && !known.has(revision)) candidates.add(revision);
    if (!applied.has(revision)) continue;
    // What a later one stands on is still there: these tools go back in order.
    for (const earlier of candidates) gone.add(earlier);
    candidates.clear();
    if (allowed.includes("unknown")) gone.clear();
  }
  return [...gone];
}
