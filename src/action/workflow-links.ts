import type { RepositoryName } from "../github/repository-name.ts";

/** GitHub's API. `environment` is the runner's. */
export const apiUrl = (environment: NodeJS.ProcessEnv): string =>
  environment["GITHUB_API_URL"] || "https://api.github.com";

/** GitHub itself. `environment` is the runner's. */
export const serverUrl = (environment: NodeJS.ProcessEnv): string =>
  environment["GITHUB_SERVER_URL"] || "https://github.com";

/** The repository that the workflow runs in. `environment` is the runner's. */
export function repositoryOf(environment: NodeJS.ProcessEnv): RepositoryName {
  const [owner = "", repo = ""] = (environment["GITHUB_REPOSITORY"] ?? "").split("/");
  return { owner, repo };
}

/** Where a report leads to. `environment` is the runner's. */
export function links(
  environment: NodeJS.ProcessEnv,
  runId: string | undefined = environment["GITHUB_RUN_ID"],
): { readonly repositoryUrl: string; readonly runUrl: string } {
  const repositoryUrl = `${serverUrl(environment)}/${environment["GITHUB_REPOSITORY"] ?? ""}`;
  return { repositoryUrl, runUrl: `${repositoryUrl}/actions/runs/${runId ?? ""}` };
}
