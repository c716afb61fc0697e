import type { GitHubApi } from "./octokit.ts";
import type { RepositoryName } from "./repository-name.ts";

/** An open pull request. */
export interface OpenPull {
  readonly number: number;
  /** Its newest commit. */
  readonly head: string;
  /** Whether somebody who may not write to this repository can have written it: it comes from another one, or from Dependabot. */
  readonly isForeign: boolean;
}

/** Every open pull request into a branch, by number. @throws what GitHub answers */
export async function openPulls(api: GitHubApi, { owner, repo }: RepositoryName, base: string): Promise<OpenPull[]> {
  const pulls = await api.paginate(api.rest.pulls.list, { owner, repo, base, state: "open", per_page: 100 });
  return pulls
    .map(({ number, head, user }) => ({
      number,
      head: head.sha,
      isForeign:
        // A deleted fork has no repository any more.
        (head.repo as typeof head.repo | null)?.full_name.toLowerCase() !== `${owner}/${repo}`.toLowerCase() ||
        user?.login === "dependabot[bot]",
    }))
    .toSorted((one, other) => one.number - other.number);
}
