import type { GitHubApi } from "./octokit.ts";
import type { RepositoryName } from "./repository-name.ts";

/** A pull request that is in a branch. */
export interface MergedPull {
  readonly number: number;
  /** The newest commit that it had. */
  readonly headCommit: string;
  readonly baseBranch: string;
  /** The branch as GitHub last compared the pull request with it. */
  readonly baseCommit: string;
  /** Login of who opened it; empty for a deleted account. */
  readonly author: string;
}

/** The pull requests through which a commit came into a branch: by a merge, a squash or a rebase. */
export async function mergedPulls(
  api: GitHubApi,
  place: RepositoryName,
  commit: string,
  branch: string,
): Promise<readonly MergedPull[]> {
  const pulls = await api.paginate(api.rest.repos.listPullRequestsAssociatedWithCommit, {
    ...place,
    commit_sha: commit,
    per_page: 100,
  });
  return pulls
    .filter(({ merged_at, base }) => merged_at !== null && base.ref === branch)
    .map(({ number, head, base, user }) => ({
      number,
      headCommit: head.sha,
      baseBranch: base.ref,
      baseCommit: base.sha,
      author: user?.login ?? "",
    }));
}
