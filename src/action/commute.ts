import { judgePairs } from "../merge/commute.ts";
import type { Candidate, CommuteOptions } from "../merge/commute-bench.ts";
import { UsageError } from "../errors.ts";
import { askGit } from "../git/run-git.ts";
import type { OpenPull } from "../github/open-pulls.ts";
import type { MergeJudgement } from "../merge/merge-judgement.ts";
import type { MergeTarget } from "../merge/merge-target.ts";
import type { PairOutcome } from "../merge/pair-outcome.ts";
import { commuteStatus } from "../report/commute-status.ts";
import type { MergeStatus } from "../report/merge-status.ts";

/** A pull request with what was found when it was merged by itself. */
export interface JudgedPull extends OpenPull {
  readonly judgement: MergeJudgement;
}

/** What is said about a pull request and the others. */
export interface CommutePull {
  readonly pull: JudgedPull;
  readonly status: MergeStatus;
  /** Whether there was anything to try: if not, it is only said where something else was said before. */
  readonly isTried: boolean;
}

/**
 * Tries every two of the pull requests that fit by themselves in both orders. **Runs their migrations**, and so leaves out those
 * whose authors may not run code in this repository anyway.
 */
export async function tryOrders(
  target: MergeTarget,
  pulls: readonly JudgedPull[],
  options: CommuteOptions,
): Promise<readonly CommutePull[]> {
  const candidates = pulls.flatMap((pull): (Candidate & { readonly pull: JudgedPull })[] => {
    const { judgement, number, head, isForeign } = pull;
    if (isForeign || judgement.kind !== "judged" || judgement.failing.length > 0) return [];
    return [{ number, head, judgement, pull }];
  });
  const outcomes = await judgePairs(target, candidates, options);
  return candidates.map(({ pull }) => {
    const seen = outcomes.flatMap((outcome) => seenFrom(pull.number, outcome));
    return { pull, status: commuteStatus(seen), isTried: seen.length > 0 };
  });
}

function seenFrom(number: number, { numbers: [first, second], ...attempt }: PairOutcome) {
  if (number !== first && number !== second) return [];
  return [{ ...attempt, other: number === first ? second : first }];
}

/**
 * Migrations could read a token that the checkout left behind.
 * @throws UsageError when the clone holds credentials
 */
export function refuseCredentials(root: string): void {
  const origin = askGit(root, ["remote", "get-url", "origin"]);
  const isHeld =
    origin !== undefined && askGit(root, ["config", "--get-urlmatch", "http.extraheader", origin]) !== undefined;
  if (isHeld || /\/\/[^/@]+@/.test(origin ?? ""))
    throw new UsageError(
      "`commute: true` runs migrations, and this clone holds a token that they could take. Set persist-credentials: false on actions/checkout.",
    );
}
