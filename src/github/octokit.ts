import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";

/** How long one request may take, in milliseconds. */
const requestLimitMs = 30_000;
/** A job does not wait longer for a limit to end, in seconds; what it wanted to say is in the summary too. */
const longestWait = 60;
const attempts = 3;

/** GitHub's API with a token; tries again what may work the next time, and gives up before a job has waited for minutes. */
export type GitHubApi = Awaited<ReturnType<typeof connectToGitHub>>;

/**
 * Connects to GitHub's API.
 * @param apiUrl where it is, for example `https://api.github.com` (`GITHUB_API_URL`)
 */
export async function connectToGitHub(token: string, apiUrl: string) {
  // Reads the event file as soon as it is loaded, and throws what it likes.
  const { getOctokit } = await import("@actions/github");
  const again = (retryAfter: number, _options: object, _api: object, retries: number): boolean =>
    retryAfter <= longestWait && retries < attempts;
  const api = getOctokit(
    token,
    { baseUrl: apiUrl, retry: { retries: attempts }, throttle: { onRateLimit: again, onSecondaryRateLimit: again } },
    retry,
    throttling,
  );
  api.hook.before("request", (options) => {
    options.request = { ...options.request, signal: AbortSignal.timeout(requestLimitMs) };
  });
  return api;
}
