import { example } from "./description.ts";
import { paged, type FakeAnswer, type FakeRequest } from "./fake-pulls.ts";

/** A review as the fake keeps it. */
export interface FakeReview {
  readonly user: string;
  readonly state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED";
  readonly commit: string;
}

/** A pull request that is merged. */
export interface FakeMergedPull {
  readonly number: number;
  /** The newest commit of its branch. */
  readonly head: string;
  /** The commit in the base branch. */
  readonly mergedAs: string;
  /** Default: main. */
  readonly base?: string;
  readonly author?: string;
  readonly reviews?: readonly FakeReview[];
}

/** A deployment as the fake keeps it. */
export interface FakeDeployment {
  readonly id: number;
  readonly ref: string;
  readonly environment: string;
  /** In the order in which they were said. */
  readonly states: string[];
}

/** Merged pull requests with their reviews, files, and deployments. Gives `undefined` for a request about anything else. */
export function mergedAndDeployed(
  pulls: readonly FakeMergedPull[],
  contents: Readonly<Record<string, string>>,
  deployments: FakeDeployment[],
): (request: FakeRequest) => FakeAnswer | undefined {
  return ({ method, template, path, query, body, address }) => {
    switch (`${method} ${template}`) {
      case "GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls": {
        const found = pulls.filter(({ mergedAs, head }) => [mergedAs, head].includes(path["commit_sha"] ?? ""));
        return { status: 200, ...paged(found.map(pullAsShown), query, address) };
      }
      case "GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews": {
        const pull = pulls.find(({ number }) => String(number) === path["pull_number"]);
        return { status: 200, ...paged((pull?.reviews ?? []).map(reviewAsShown), query, address) };
      }
      case "GET /repos/{owner}/{repo}/contents/{path}": {
        const text = contents[path["path"] ?? ""];
        if (text === undefined)
          return { status: 404, body: { message: "Not Found", documentation_url: "", status: "404" } };
        const file = example<Record<string, unknown>>("content-file-response-if-content-is-a-file");
        const encoded = Buffer.from(text).toString("base64");
        return { status: 200, body: { ...file, path: path["path"], content: encoded, size: text.length } };
      }
      case "POST /repos/{owner}/{repo}/deployments": {
        const { ref, environment = "production" } = body as { ref: string; environment?: string };
        const deployment = { id: deployments.length + 1, ref, environment, states: [] };
        deployments.push(deployment);
        return { status: 201, body: { ...example<object>("deployment"), id: deployment.id, ref, environment } };
      }
      case "POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses": {
        const { state } = body as { state: string };
        deployments.find(({ id }) => String(id) === path["deployment_id"])?.states.push(state);
        return {
          status: 201,
          body: { ...example<object>("deployment-status"), state },
          headers: { location: address },
        };
      }
      default:
        return undefined;
    }
  };
}

function pullAsShown({ number, head, base = "main", author = "somebody", mergedAs }: FakeMergedPull): unknown {
  const [shown] =
    example<[Record<string, unknown> & { head: object; base: object; user: object }]>("pull-request-simple-items");
  return {
    ...shown,
    requested_teams: [],
    number,
    state: "closed",
    merged_at: "2026-11-20T08:00:00Z",
    merge_commit_sha: mergedAs,
    user: { ...shown.user, login: author },
    head: { ...shown.head, sha: head },
    base: { ...shown.base, ref: base },
  };
}

function reviewAsShown({ user, state, commit }: FakeReview, index: number): unknown {
  const [shown] = example<[Record<string, unknown> & { user: object }]>("pull-request-review-items");
  return { ...shown, id: index + 1, state, commit_id: commit, user: { ...shown.user, login: user } };
}
