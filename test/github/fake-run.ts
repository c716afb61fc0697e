import { example } from "./description.ts";

/** A run of another workflow, for a pull request's commit, as the fake keeps it. */
export interface FakeRun {
  readonly id: number;
  readonly headCommit: string;
  readonly headRepository: string;
  readonly headBranch: string;
  /** Open pull requests with that commit. Default: the one. */
  readonly pulls?: readonly number[];
  readonly artifacts: readonly { readonly name: string; readonly bytes: Uint8Array; readonly size?: number }[];
}

/** A request for what a run is about and left. */
interface Request {
  readonly operation: string;
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Where the fake is. */
  readonly url: string;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where the bytes of artifacts are, which is not at the API. */
export const blobPath = "/blobs/";

/** Answers for the run; `undefined` for what is not about it. */
export function runAnswer(run: FakeRun, { operation, path, query, url }: Request): Answer | undefined {
  switch (operation) {
    case "GET /repos/{owner}/{repo}/pulls": {
      const head = `${run.headRepository.split("/")[0]}:${run.headBranch}`;
      if (query.get("head") !== head) return { status: 200, body: [] };
      return { status: 200, body: (run.pulls ?? [7]).map((number) => pull(run, number)) };
    }
    case "GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts": {
      const [described] = example<{ artifacts: object[] }>("artifact-paginated").artifacts;
      const artifacts = path["run_id"] === String(run.id) ? run.artifacts : [];
      const body = artifacts.map(({ name, bytes, size = bytes.length }, index) => ({
        ...described,
        id: index + 1,
        name,
        size_in_bytes: size,
      }));
      return { status: 200, body: { total_count: body.length, artifacts: body } };
    }
    case "GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}":
      return { status: 302, body: undefined, headers: { location: `${url}${blobPath}${path["artifact_id"]}` } };
    default:
      return undefined;
  }
}

function pull(run: FakeRun, number: number): object {
  const [described] = example<{ head: { repo: object } }[]>("pull-request-simple-items");
  const repo = { ...described?.head.repo, full_name: run.headRepository };
  return {
    ...described,
    number,
    requested_teams: [],
    head: { ...described?.head, ref: run.headBranch, sha: run.headCommit, repo },
  };
}
