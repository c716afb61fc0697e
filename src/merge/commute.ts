import { type Candidate, type CommuteOptions, testBench } from "./commute-bench.ts";
import { serverPool } from "../engines/server-pool.ts";
import { ConfigurationError, EngineError, ToolError } from "../errors.ts";
import type { MergeTarget } from "./merge-target.ts";
import { optional } from "../optional.ts";
import type { PairAttempt, PairOutcome } from "./pair-outcome.ts";

/** More pairs than this are not tried in one run. */
const mostPairs = 100;

interface Pair {
  readonly project: string;
  readonly first: Candidate;
  readonly second: Candidate;
}

/**
 * Applies the migrations of every two pull requests in both orders, each on a copy of the same database, and compares the
 * catalogs. **Runs what the pull requests bring**: only those whose authors may run code here anyway.
 */
export async function judgePairs(
  target: MergeTarget,
  candidates: readonly Candidate[],
  options: CommuteOptions,
): Promise<readonly PairOutcome[]> {
  const pairs = pairsOf(candidates);
  const outcomes: PairOutcome[] = pairs.slice(mostPairs).map((pair) => ({
    ...named(pair),
    kind: "untried",
    reason: `More than ${mostPairs} pairs of pull requests are open.`,
  }));
  if (pairs.length === 0) return outcomes;
  await using servers = serverPool(options.engine ?? "auto", {
    ...optional("databaseUrl", options.databaseUrl),
    ...optional("onProgress", options.onProgress),
  });
  for (const [project, some] of Map.groupBy(pairs.slice(0, mostPairs), (pair) => pair.project)) {
    // Roles belong to the whole server: one project has it at a time.
    await using bench = testBench(project, servers, target, options);
    for (const pair of some) {
      options.onProgress?.(`${project}: #${pair.first.number} and #${pair.second.number}, in both orders`);
      outcomes.push({ ...named(pair), ...(await attempt(() => bench.try(pair.first, pair.second))) });
    }
  }
  return outcomes;
}

const named = ({ project, first, second }: Pair): Pick<PairOutcome, "numbers" | "project"> => ({
  numbers: [first.number, second.number],
  project,
});

/** Every two that bring a revision to the same project. */
function pairsOf(candidates: readonly Candidate[]): readonly Pair[] {
  const brings = ({ judgement }: Candidate): readonly string[] =>
    judgement.projects.filter(({ newIds }) => newIds.size > 0).map(({ project }) => project.name);
  return candidates.flatMap((first, index) =>
    candidates.slice(index + 1).flatMap((second) =>
      brings(first)
        .filter((name) => brings(second).includes(name))
        .map((project) => ({ project, first, second })),
    ),
  );
}

async function attempt(action: () => Promise<PairAttempt>): Promise<PairAttempt> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof ToolError || error instanceof EngineError || error instanceof ConfigurationError)
      return { kind: "untried", reason: error.message };
    throw error;
  }
}
