import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";

/** A job does not wait longer for a limit to end, in seconds; what it wanted to say is in the summary too. */
const longestWait = 60;
const attempts = 3;
/** Each connection keeps to the limits by itself: the plugin would let all of a process wait for each other. */
let connections = 0;

/** GitHub's API with a token; tries again what may work the next time, and gives up before a job has waited for minutes. */
export type GitHubApi = Awaited<ReturnType<typeof connectToGitHub>>;

/**
 * Connects to GitHub's API.
 * @param apiUrl where it is, for example `https://api.github.com` (`GITHUB_API_URL`)
 * @param requestLimitMs how long one request may take, in milliseconds
 */
export async function connectToGitHub(token: string, apiUrl: string, requestLimitMs = 30_000) {
  // Reads the event file as soon as it is loaded, and throws what it likes.
  const { getOctokit } = await import("@actions/github");
  const again = (retryAfter: number, _options: object, _api: object, retries: number): boolean =>
    retryAfter <= longestWait && retries < attempts;
  const api = getOctokit(
    token,
    {
      baseUrl: apiUrl,
      retry: { retries: attempts },
      throttle: { id: `${++connections}`, onRateLimit: again, onSecondaryRateLimit: again },
    },
    retry,
    throttling,
  );
  api.hook.before("request", (options) => {
    options.request = { ...options.request, signal: AbortSignal.timeout(requestLimitMs) };
  });
  return api;
}
