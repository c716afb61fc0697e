import type { GitHubApi } from "./octokit.ts";
import type { RepositoryName } from "./repository-name.ts";

/** A deployment that GitHub shows beside the commit. */
export interface Deployment {
  finish(state: "success" | "failure"): Promise<void>;
}

/**
 * Tells GitHub that a deployment begins.
 * @param environment its name there
 * @returns a sentence that says why there is none, where the token may not
 */
export async function beginDeployment(
  api: GitHubApi,
  place: RepositoryName,
  { commit, environment, runUrl }: { readonly commit: string; readonly environment: string; readonly runUrl: string },
): Promise<Deployment | string> {
  try {
    const { data } = await api.rest.repos.createDeployment({
      ...place,
      ref: commit,
      environment,
      description: "Database migrations",
      auto_merge: false,
      required_contexts: [],
    });
    if (!("id" in data)) return "No deployment: GitHub did not create it.";
    const say = async (state: "in_progress" | "success" | "failure") => {
      await api.rest.repos.createDeploymentStatus({ ...place, deployment_id: data.id, state, log_url: runUrl });
    };
    await say("in_progress");
    return { finish: say };
  } catch (error) {
    const { status } = error as { status?: number };
    return status === 403 || status === 404
      ? "No deployment: add the line `deployments: write` under `permissions:` of the job."
      : `No deployment: GitHub could not be reached or refused it${status === undefined ? "" : ` (${status})`}.`;
  }
}
