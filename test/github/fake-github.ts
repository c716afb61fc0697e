import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { example, findOperation, type FoundOperation } from "./description.ts";
import { type FakeDeployment, type FakeMergedPull, mergedAndDeployed } from "./fake-merged.ts";
import { type FakePull, type FakeStatus, pullsAndStatuses } from "./fake-pulls.ts";
import { blobPath, runAnswer, type FakeRun } from "./fake-run.ts";

/** A comment as the fake keeps it. */
export interface FakeComment {
  readonly id: number;
  readonly author: string;
  body: string;
  /** Whether it is folded away. */
  isHidden?: boolean;
}

/** What an answer that stands for trouble looks like. */
export interface Trouble {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly message?: string;
  /** Only for requests of this method; absent: for the next, whatever it is. */
  readonly method?: string;
  /** There is no answer at all. */
  readonly isSilent?: boolean;
}

/** What the fake starts with. */
export interface FakeOptions {
  readonly headCommit?: string;
  /** What the token may do with pull requests. Default: write. */
  readonly permission?: "read" | "write";
  readonly comments?: readonly { readonly author: string; readonly body: string }[];
  /** The open pull requests. */
  readonly pulls?: readonly FakePull[];
  /** Statuses that are there already. */
  readonly statuses?: readonly FakeStatus[];
  /** Those that are merged. */
  readonly merged?: readonly FakeMergedPull[];
  /** What is in files of the repository, by path. */
  readonly contents?: Readonly<Record<string, string>>;
  /** Who edited comments after they were written, by the comment's id. */
  readonly editors?: Readonly<Record<number, string>>;
  /** What the token may not do, of what `permissions:` names. */
  readonly mayNot?: readonly ("list pulls" | "set statuses" | "deploy")[];
  /** A run of another workflow, with what it left. */
  readonly run?: FakeRun;
}

/** GitHub's API for one repository with one pull request, on this machine. */
export interface FakeGitHub extends AsyncDisposable {
  readonly url: string;
  readonly comments: readonly FakeComment[];
  /** In the order in which they were put. */
  readonly statuses: readonly FakeStatus[];
  readonly deployments: readonly FakeDeployment[];
  /** Requests as `METHOD /path`, in order. */
  readonly requests: readonly string[];
  /** Answers the next requests with these instead. */
  trouble(...troubles: readonly Trouble[]): void;
}

export const token = "ghs_0123456789abcdefghijklmnopqrstuvwxyz";
/** Whom the workflow's own token belongs to. */
export const bot = "github-actions[bot]";
export const owner = "waterways";
export const repo = "locks";
export const pullNumber = 7;
const longestComment = 65_536;

interface GraphQlRequest {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Starts a GitHub that holds every request and every one of its answers against GitHub's own description; what does not fit is
 * answered with 400 and a message that says so.
 */
export async function fakeGitHub(options: FakeOptions = {}): Promise<FakeGitHub> {
  const comments: FakeComment[] = (options.comments ?? []).map((comment, index) => ({ id: index + 1, ...comment }));
  const requests: string[] = [];
  const troubles: Trouble[] = [];
  const mayWrite = options.permission !== "read";
  const statuses: FakeStatus[] = [...(options.statuses ?? [])];
  const others = pullsAndStatuses(`${owner}/${repo}`, options.pulls ?? [], statuses);
  const deployments: FakeDeployment[] = [];
  const merged = mergedAndDeployed(options.merged ?? [], options.contents ?? {}, deployments);
  const forbidden = new Set(options.mayNot);

  const handle = (operation: FoundOperation, method: string, query: URLSearchParams, body: unknown): Answer => {
    const { path, template } = operation;
    if (path["owner"] !== owner || path["repo"] !== repo) return refused(404, "Not Found");
    if (method !== "GET" && !mayWrite) return refused(403, "Resource not accessible by integration");
    const text = (body as { body?: string } | undefined)?.body ?? "";
    if (method !== "GET" && [...text].length > longestComment)
      return {
        status: 422,
        body: {
          message: "Validation Failed",
          documentation_url: "https://docs.github.com/rest",
          errors: [{ resource: "IssueComment", code: "custom", field: "body", message: "body is too long" }],
        },
      };
    switch (`${method} ${template}`) {
      case "GET /repos/{owner}/{repo}/pulls/{pull_number}": {
        if (path["pull_number"] !== String(pullNumber)) return refused(404, "Not Found");
        const pull = example<Record<string, unknown> & { head: Record<string, unknown> }>("pull-request");
        return {
          status: 200,
          body: { ...pull, requested_teams: [], number: pullNumber, head: { ...pull.head, sha: options.headCommit } },
        };
      }
      case "GET /repos/{owner}/{repo}/issues/{issue_number}/comments": {
        const perPage = Math.min(100, Number(query.get("per_page") ?? 30));
        const page = Number(query.get("page") ?? 1);
        const shown = comments.slice((page - 1) * perPage, page * perPage);
        const last = Math.max(1, Math.ceil(comments.length / perPage));
        const link = (to: number, rel: string) =>
          `<${url}/repos/${owner}/${repo}/issues/${pullNumber}/comments?per_page=${perPage}&page=${to}>; rel="${rel}"`;
        const headers = page < last ? { link: [link(page + 1, "next"), link(last, "last")].join(", ") } : {};
        return { status: 200, body: shown.map(asGitHubShows), headers };
      }
      case "POST /repos/{owner}/{repo}/issues/{issue_number}/comments": {
        const comment = { id: (comments.at(-1)?.id ?? 0) + 1, author: bot, body: text };
        comments.push(comment);
        return { status: 201, body: asGitHubShows(comment), headers: { location: `${url}/comments/${comment.id}` } };
      }
      case "DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}": {
        const index = comments.findIndex(({ id }) => String(id) === path["comment_id"]);
        if (index === -1) return refused(404, "Not Found");
        comments.splice(index, 1);
        return { status: 204, body: undefined };
      }
      case "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}": {
        const comment = comments.find(({ id }) => String(id) === path["comment_id"]);
        if (!comment) return refused(404, "Not Found");
        comment.body = text;
        return { status: 200, body: asGitHubShows(comment) };
      }
      default: {
        const request = { operation: `${method} ${template}`, path, query, url };
        const leftBehind = options.run && runAnswer(options.run, request);
        if (leftBehind) return leftBehind;
        const isForbidden =
          (template === "/repos/{owner}/{repo}/pulls" && forbidden.has("list pulls")) ||
          (template === "/repos/{owner}/{repo}/statuses/{sha}" && forbidden.has("set statuses")) ||
          (template.startsWith("/repos/{owner}/{repo}/deployments") && forbidden.has("deploy"));
        if (isForbidden) return refused(403, "Resource not accessible by integration");
        const address = `${url}${operation.address}`;
        const asked = { method, template, path, query, body, address };
        const answer = others(asked) ?? merged(asked);
        return answer ?? refused(400, `The fake has no ${method} ${template}.`);
      }
    }
  };

  const graphql = ({ query, variables = {} }: GraphQlRequest): Answer => {
    const [, name] = /^(?:query|mutation)[^{]*\{\s*(\w+)/.exec(query) ?? [];
    if (name === "viewer") return { status: 200, body: { data: { viewer: { login: bot } } } };
    const comment = comments.find(({ id }) => variables["id"] === nodeId(id));
    if (name === "node") {
      const editor = comment && options.editors?.[comment.id];
      const node = comment ? { editor: editor === undefined ? null : { login: editor } } : null;
      return { status: 200, body: { data: { node } } };
    }
    if (!mayWrite || !comment || (name !== "minimizeComment" && name !== "unminimizeComment"))
      return { status: 200, body: { data: null, errors: [{ type: "FORBIDDEN", message: "Resource not accessible" }] } };
    comment.isHidden = name === "minimizeComment";
    return { status: 200, body: { data: { [name]: { clientMutationId: null } } } };
  };

  const answer = (request: IncomingMessage, sent: string): Answer | undefined => {
    const method = request.method ?? "";
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://fake");
    requests.push(`${method} ${pathname}`);
    if (pathname.startsWith(blobPath)) {
      const artifact = options.run?.artifacts[Number(pathname.slice(blobPath.length)) - 1];
      return { status: artifact ? 200 : 404, body: artifact?.bytes };
    }
    const next = troubles.findIndex((trouble) => trouble.method === undefined || trouble.method === method);
    const [trouble] = next === -1 ? [] : troubles.splice(next, 1);
    if (trouble?.isSilent) return undefined;
    if (trouble) return { ...refused(trouble.status, trouble.message ?? "Trouble"), headers: trouble.headers ?? {} };
    if (!/^(token|bearer) ghs_0123456789abcdefghijklmnopqrstuvwxyz$/i.test(request.headers.authorization ?? ""))
      return refused(401, "Bad credentials");
    const body: unknown = sent === "" ? undefined : JSON.parse(sent);
    // The description is that of the REST API alone.
    if (pathname === "/graphql") return graphql(body as GraphQlRequest);
    const operation = findOperation(method, pathname);
    if (!operation) return refused(400, `GitHub has no ${method} ${pathname}.`);
    const wrong = operation.problems(searchParams, body);
    if (wrong.length > 0) return refused(400, `This is no request that GitHub describes: ${wrong.join("; ")}`);
    const given = handle(operation, method, searchParams, body);
    // That something is not there, or not allowed, is not said of every operation.
    const isPlainRefusal = [403, 404].includes(given.status) && !operation.answers(given.status);
    const wrongAnswer =
      given.status === 400 || isPlainRefusal ? [] : operation.problemsOfAnswer(given.status, given.body);
    return wrongAnswer.length === 0
      ? given
      : refused(400, `This is no answer that GitHub describes: ${wrongAnswer.join("; ")}`);
  };

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let sent = "";
    request.setEncoding("utf8").on("data", (text: string) => (sent += text));
    request.on("end", () => {
      const given = answer(request, sent);
      if (given === undefined) return undefined;
      const { status, body, headers } = given;
      if (body instanceof Uint8Array)
        return response.writeHead(status, { "content-type": "application/zip" }).end(body);
      response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
      return response.end(body === undefined ? undefined : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    comments,
    statuses,
    deployments,
    requests,
    trouble: (...added) => troubles.push(...added),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const refused = (status: number, message: string): Answer => ({
  status,
  body: { message, documentation_url: "https://docs.github.com/rest", status: String(status) },
});

const nodeId = (id: number): string => `IC_${id}`;

function asGitHubShows({ id, author, body }: FakeComment): unknown {
  const comment = example<Record<string, unknown> & { user: Record<string, unknown> }>("issue-comment");
  return {
    ...comment,
    id,
    node_id: nodeId(id),
    body,
    html_url: `https://github.com/${owner}/${repo}/pull/${pullNumber}#issuecomment-${id}`,
    user: { ...comment.user, login: author, type: author.endsWith("[bot]") ? "Bot" : "User" },
  };
}
