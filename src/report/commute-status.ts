import type { PairAttempt } from "../merge/pair-outcome.ts";
import { fitted, type MergeStatus } from "./merge-status.ts";

/** One pair, seen from one of its two pull requests. */
export type PairSeen = PairAttempt & { readonly other: number };

/** What is said on a pull request's commit about the others that are open. */
export function commuteStatus(pairs: readonly PairSeen[]): MergeStatus {
  const differing = pairs.flatMap((pair) => (pair.kind === "differs" ? [pair] : []));
  const [bad] = differing;
  if (bad !== undefined) {
    const others = differing.map(({ other }) => `#${other}`).join(", ");
    const what = `Merge it before or after ${others}, not just in any order`;
    return {
      state: "failure",
      description: fitted([`${what}: ${bad.how}`, `Order matters with ${others}: ${bad.how}`]),
    };
  }
  const untried = pairs.flatMap((pair) => (pair.kind === "untried" ? [pair] : []));
  const [unknown] = untried;
  if (unknown !== undefined)
    return { state: "error", description: fitted([`Not tried with #${unknown.other}: ${unknown.reason}`]) };
  if (pairs.length === 0)
    return { state: "success", description: "No other open pull request brings revisions to the same project." };
  return {
    state: "success",
    description: fitted([
      `The same in any order with ${pairs.map(({ other }) => `#${other}`).join(", ")}.`,
      `The same in any order with ${pairs.length} other pull requests.`,
    ]),
  };
}
