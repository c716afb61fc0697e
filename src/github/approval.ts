import { codeOwnersOf, codeOwnersPaths } from "./code-owners.ts";
import type { MergedPull } from "./merged-pulls.ts";
import type { GitHubApi } from "./octokit.ts";
import type { RepositoryName } from "./repository-name.ts";

/**
 * Why the approval of a code owner is missing, in sentences; nothing when each file has one. Owners are those of the branch
 * that the pull request went into, and count when they approved its newest commit and are not its author.
 */
export async function missingApprovals(
  api: GitHubApi,
  place: RepositoryName,
  pull: MergedPull,
  files: readonly string[],
): Promise<readonly string[]> {
  const text = await codeOwners(api, place, pull.baseCommit);
  if (text === undefined)
    return [
      `pull request ${pull.number}: the branch ${pull.baseBranch} has no CODEOWNERS file, so that nobody can approve.`,
    ];
  const approvers = await approversOf(api, place, pull);
  const memberships = new Map<string, Promise<Membership>>();
  const problems: string[] = [];
  for (const file of files) {
    const owners = codeOwnersOf(text, file);
    const answers = await Promise.all(
      owners.flatMap((owner) =>
        approvers.map((user) => {
          const key = `${owner} ${user}`;
          const known = memberships.get(key) ?? isOwner(api, owner, user);
          memberships.set(key, known);
          return known;
        }),
      ),
    );
    if (answers.includes("member")) continue;
    problems.push(
      owners.length === 0
        ? `pull request ${pull.number}: ${file} has no code owner.`
        : `pull request ${pull.number}: no code owner of ${file} (${owners.join(", ")}) approved its newest commit.${
            answers.includes("unknown")
              ? " Whether an approver is in the team could not be asked: the github-token may not read the organisation's members."
              : ""
          }`,
    );
  }
  return problems;
}

async function codeOwners(api: GitHubApi, place: RepositoryName, ref: string): Promise<string | undefined> {
  for (const path of codeOwnersPaths)
    try {
      const { data } = await api.rest.repos.getContent({ ...place, path, ref });
      if (!Array.isArray(data) && data.type === "file") return Buffer.from(data.content, "base64").toString("utf8");
    } catch (error) {
      if ((error as { status?: number }).status !== 404) throw error;
    }
  return undefined;
}

/** Who approved the newest commit and has not taken that back; the author's own word does not count. */
async function approversOf(api: GitHubApi, place: RepositoryName, pull: MergedPull): Promise<readonly string[]> {
  const reviews = await api.paginate(api.rest.pulls.listReviews, {
    ...place,
    pull_number: pull.number,
    per_page: 100,
  });
  const last = new Map<string, (typeof reviews)[number]>();
  for (const review of reviews)
    if (
      review.user &&
      (review.state === "APPROVED" || review.state === "CHANGES_REQUESTED" || review.state === "DISMISSED")
    )
      last.set(review.user.login, review);
  return [...last]
    .filter(([, { state, commit_id }]) => state === "APPROVED" && commit_id === pull.headCommit)
    .map(([login]) => login)
    .filter((login) => login.toLowerCase() !== pull.author.toLowerCase());
}

type Membership = "member" | "stranger" | "unknown";

async function isOwner(api: GitHubApi, owner: string, user: string): Promise<Membership> {
  const [, organisation, team] = /^@([^/]+)\/(.+)$/.exec(owner) ?? [];
  if (organisation === undefined || team === undefined)
    return owner.toLowerCase() === `@${user.toLowerCase()}` ? "member" : "stranger";
  try {
    const { data } = await api.rest.teams.getMembershipForUserInOrg({
      org: organisation,
      team_slug: team,
      username: user,
    });
    return data.state === "active" ? "member" : "stranger";
  } catch (error) {
    // A token that may not see the team is told 403, or that there is none.
    return (error as { status?: number }).status === undefined ? Promise.reject(error) : "unknown";
  }
}
