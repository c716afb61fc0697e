import { missingApprovals } from "../github/approval.ts";
import { mergedPulls, type MergedPull } from "../github/merged-pulls.ts";
import type { GitHubApi } from "../github/octokit.ts";
import { lastChange } from "../git/last-change.ts";
import { sealDifference } from "../plan/review-seal.ts";
import type { Plan, PlannedRevision } from "../plan/seal-plan.ts";
import { reviewedSeals } from "./reviewed-seals.ts";
import type { RepositoryName } from "../github/repository-name.ts";

/** What GitHub knows of how pending revisions came into the branch. */
export interface Reviews {
  /** What of a rehearsal was not reviewed, in sentences; nothing when all of it was. */
  problems(rehearsed: Plan): Promise<readonly string[]>;
  /** The pull requests that brought what `problems` was asked about, each once. */
  readonly pulls: readonly MergedPull[];
}

/**
 * Asks GitHub about the pull requests through which each migration got its present content.
 * @param root the repository; its whole history is there
 * @param approval whether a code owner has to have approved it too
 */
export function githubReviews(
  api: GitHubApi,
  place: RepositoryName,
  { root, branch, approval }: { readonly root: string; readonly branch: string; readonly approval: boolean },
): Reviews {
  const pullsByCommit = new Map<string, Promise<readonly MergedPull[]>>();
  const sealsByPull = new Map<number, ReturnType<typeof reviewedSeals>>();
  const found = new Map<number, MergedPull>();

  const pullsOf = async ({ files }: PlannedRevision): Promise<readonly MergedPull[]> => {
    const commits = new Set(files.flatMap(({ path }) => lastChange(root, path) ?? []));
    const pulls: MergedPull[] = [];
    for (const commit of commits) {
      const asked = pullsByCommit.get(commit) ?? mergedPulls(api, place, commit, branch);
      pullsByCommit.set(commit, asked);
      pulls.push(...(await asked));
    }
    for (const pull of pulls) found.set(pull.number, pull);
    return [...new Map(pulls.map((pull) => [pull.number, pull])).values()];
  };

  const sealsOf = (pull: MergedPull) => {
    const asked = sealsByPull.get(pull.number) ?? reviewedSeals(api, place, pull);
    sealsByPull.set(pull.number, asked);
    return asked;
  };

  const problemOf = async (revision: PlannedRevision, project: string): Promise<readonly string[]> => {
    const pulls = await pullsOf(revision);
    if (pulls.length === 0) return [`\`${revision.id}\` came into ${branch} without a pull request.`];
    const names = `pull request ${pulls.map(({ number }) => number).join(", ")}`;
    const seals = (await Promise.all(pulls.map(sealsOf)))
      .flat()
      .filter((sealed) => sealed.project === project)
      .flatMap(({ revisions }) => revisions.filter((sealed) => sealed.revision === revision.id));
    if (seals.length === 0)
      return [`\`${revision.id}\`: no comment of Headgate on ${names} says what was checked at its newest commit.`];
    const differences = seals.map((seal) => sealDifference(seal, revision));
    const [difference] = differences;
    if (difference !== undefined && !differences.includes(undefined)) return [`${difference} (${names})`];
    if (!approval) return [];
    const missing = await Promise.all(
      pulls.map((pull) =>
        missingApprovals(
          api,
          place,
          pull,
          revision.files.map(({ path }) => path),
        ),
      ),
    );
    return missing.flat();
  };

  return {
    async problems({ project, revisions }) {
      const problems: string[] = [];
      for (const revision of revisions) problems.push(...(await problemOf(revision, project)));
      return [...new Set(problems)];
    },
    get pulls() {
      return [...found.values()];
    },
  };
}
