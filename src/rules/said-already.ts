import { blocksQueries } from "../postgres/blocked-by.ts";
import type { JudgedFinding } from "./judgements.ts";
import { ruleNamed } from "./rule-named.ts";

/**
 * The findings without those of rules that give way to others: where an error says of the same statement that it locks a table, that
 * has to change first, as it has where a warning says how nothing waits, and where one of them was said in a transaction, it holds for the rest.
 */
export function withoutSaidAlready(found: readonly JudgedFinding[]): readonly JudgedFinding[] {
  const refusedFor = new Set(
    found.flatMap(({ finding: { ruleId, severity }, step }) =>
      step && (severity === "error" || ruleNamed(ruleId)?.saysWaiting) && !isGivingWay(ruleId) && isAboutWaiting(ruleId)
        ? [step]
        : [],
    ),
  );
  const said = new Set<string>();
  return found.filter(({ finding: { ruleId, revision, file, direction }, step }) => {
    if (!step || !isGivingWay(ruleId)) return true;
    if (refusedFor.has(step)) return false;
    if (!step.transaction) return true;
    // Ways back are no part of the one history, and count their transactions for themselves.
    const key = [ruleId, revision, file, direction, step.transaction.id].join(" ");
    if (said.has(key)) return false;
    said.add(key);
    return true;
  });
}

const isGivingWay = (ruleId: string): boolean => ruleNamed(ruleId)?.givesWay ?? false;

const isAboutWaiting = (ruleId: string): boolean => {
  const lock = ruleNamed(ruleId)?.effect.lock;
  return lock !== undefined && blocksQueries(lock);
};
