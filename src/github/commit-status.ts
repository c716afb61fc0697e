import type { GitHubApi } from "./octokit.ts";
import type { RepositoryName } from "./repository-name.ts";

/** A status to be on a commit. */
export interface CommitStatus {
  /** Its name: one of this name replaces another. */
  readonly context: string;
  readonly state: "success" | "failure" | "error";
  /** At most 140 characters. */
  readonly description: string;
  readonly targetUrl: string;
  /** Whether it is only put in place of another one. */
  readonly onlyInPlace?: boolean;
}

/** Puts a status on a commit, unless it is there already. Gives whether it was put. @throws what GitHub answers */
export async function putStatus(
  api: GitHubApi,
  { owner, repo }: RepositoryName,
  commit: string,
  { context, state, description, targetUrl, onlyInPlace = false }: CommitStatus,
): Promise<boolean> {
  const place = { owner, repo, ref: commit, per_page: 100 };
  let present: { readonly state: string; readonly description: string | null } | undefined;
  for await (const { data } of api.paginate.iterator(api.rest.repos.getCombinedStatusForRef, place)) {
    // A list is what the types of paginate promise here; what comes is the whole answer.
    const { statuses } = data as unknown as Awaited<ReturnType<typeof api.rest.repos.getCombinedStatusForRef>>["data"];
    present = statuses.find((status) => status.context === context);
    if (present !== undefined) break;
  }
  if (present === undefined && onlyInPlace) return false;
  if (present?.state === state && present.description === description) return false;
  const status = { owner, repo, sha: commit, context, state, description, target_url: targetUrl };
  await api.rest.repos.createCommitStatus(status);
  return true;
}
