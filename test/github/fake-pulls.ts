import { example } from "./description.ts";

/** An open pull request as the fake keeps it. */
export interface FakePull {
  readonly number: number;
  readonly head: string;
  /** Default: main. */
  readonly base?: string;
  /** The repository its branch is in. Default: this one. */
  readonly from?: string;
  /** Default: a person. */
  readonly author?: string;
}

/** A status as the fake keeps it. */
export interface FakeStatus {
  readonly commit: string;
  readonly context: string;
  readonly state: string;
  readonly description: string;
  readonly target_url: string;
}

/** A request that fits the description. */
export interface FakeRequest {
  readonly method: string;
  readonly template: string;
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** The address that was asked for, without what is behind `?`. */
  readonly address: string;
}

/** What is answered. */
export interface FakeAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Open pull requests of a repository, and the statuses of its commits. Gives `undefined` for a request about anything else. */
export function pullsAndStatuses(
  fullName: string,
  pulls: readonly FakePull[],
  statuses: FakeStatus[],
): (request: FakeRequest) => FakeAnswer | undefined {
  return ({ method, template, path, query, body, address }) => {
    switch (`${method} ${template}`) {
      case "GET /repos/{owner}/{repo}/pulls": {
        const wanted = query.get("base");
        const found = pulls.filter(({ base = "main" }) => wanted === null || base === wanted);
        return {
          status: 200,
          ...paged(
            found.map((pull) => pullAsShown(pull, fullName)),
            query,
            address,
          ),
        };
      }
      case "GET /repos/{owner}/{repo}/commits/{ref}/status": {
        // Newest first, and of each name the newest alone.
        const own = statuses.filter(({ commit }) => commit === path["ref"]).toReversed();
        const newest = own.filter(
          ({ context }, index) => own.findIndex((other) => other.context === context) === index,
        );
        const { body: page, headers } = paged(newest.map(statusAsShown), query, address);
        const combined = example<Record<string, unknown>>("combined-commit-status");
        return {
          status: 200,
          body: { ...combined, sha: path["ref"], total_count: newest.length, statuses: page },
          headers,
        };
      }
      case "POST /repos/{owner}/{repo}/statuses/{sha}": {
        const commit = path["sha"] ?? "";
        const sent = body as Omit<FakeStatus, "commit">;
        if (!pulls.some(({ head }) => head === commit)) return invalid("No commit found for SHA: " + commit);
        if (Array.from(sent.description).length > 140)
          return invalid("description is too long (maximum is 140 characters)");
        const status = { commit, ...sent };
        statuses.push(status);
        return {
          status: 201,
          body: { ...example<object>("status"), ...statusAsShown(status) },
          headers: { location: address },
        };
      }
      default:
        return undefined;
    }
  };
}

/** One page of a list, with the links to the next and the last. */
export function paged(all: readonly unknown[], query: URLSearchParams, address: string) {
  const perPage = Math.min(100, Number(query.get("per_page") ?? 30));
  const page = Number(query.get("page") ?? 1);
  const last = Math.max(1, Math.ceil(all.length / perPage));
  const link = (to: number, rel: string) => {
    const parameters = new URLSearchParams([...query].filter(([name]) => name !== "page"));
    parameters.set("page", String(to));
    return `<${address}?${parameters}>; rel="${rel}"`;
  };
  const headers: Record<string, string> =
    page < last ? { link: [link(page + 1, "next"), link(last, "last")].join(", ") } : {};
  return { body: all.slice((page - 1) * perPage, page * perPage), headers };
}

const invalid = (message: string): FakeAnswer => ({
  status: 422,
  body: { message: `Validation Failed: ${message}`, documentation_url: "https://docs.github.com/rest" },
});

function pullAsShown({ number, head, base = "main", from, author = "somebody" }: FakePull, fullName: string): unknown {
  interface Side {
    readonly repo: object;
  }
  const [shown] =
    example<[Record<string, unknown> & { head: Side; base: Side; user: object }]>("pull-request-simple-items");
  return {
    ...shown,
    requested_teams: [],
    number,
    user: { ...shown.user, login: author },
    head: {
      ...shown.head,
      sha: head,
      repo: { ...shown.head.repo, full_name: from ?? fullName },
    },
    base: { ...shown.base, ref: base },
  };
}

const statusAsShown = ({ context, state, description, target_url }: FakeStatus): object => ({
  ...example<{ statuses: readonly [object] }>("combined-commit-status").statuses[0],
  context,
  state,
  description,
  target_url,
});
