import { z } from "zod";
import { UsageError } from "../errors.ts";
import type { PullRequest } from "./event.ts";
import type { GitHubApi } from "./octokit.ts";
import type { RepositoryName } from "./repository-name.ts";

/** A workflow's run that has ended, as GitHub itself describes it. */
export interface FinishedRun {
  readonly id: number;
  readonly attempt: number;
  /** The event that started it. */
  readonly event: string;
  readonly headCommit: string;
  readonly headBranch: string;
  /** `owner/name`; absent where it is deleted. */
  readonly headRepository?: string;
  /** Whether the commit is from another repository than the one the workflow runs in. */
  readonly isFromFork: boolean;
}

const payloadSchema = z.object({
  workflow_run: z.object({
    id: z.int().positive(),
    run_attempt: z.int().positive(),
    event: z.string(),
    head_sha: z.string().regex(/^[0-9a-f]{40,64}$/),
    head_branch: z.string().nullable(),
    head_repository: z.object({ full_name: z.string() }).nullable(),
    repository: z.object({ full_name: z.string() }),
  }),
});

/**
 * Understands the payload of a `workflow_run` event.
 * @throws UsageError when it is that of another
 */
export function readFinishedRun(payload: unknown): FinishedRun {
  const result = payloadSchema.safeParse(payload);
  if (!result.success)
    throw new UsageError("`mode: comment` comments what another workflow found; start it by the event workflow_run.");
  const run = result.data.workflow_run;
  return {
    id: run.id,
    attempt: run.run_attempt,
    event: run.event,
    headCommit: run.head_sha,
    headBranch: run.head_branch ?? "",
    ...(run.head_repository === null ? {} : { headRepository: run.head_repository.full_name }),
    isFromFork: run.head_repository?.full_name !== run.repository.full_name,
  };
}

/** The one open pull request whose newest commit a run was for; `undefined` where there is none, or more than one. */
export async function pullRequestOf(
  api: GitHubApi,
  { owner, repo }: RepositoryName,
  run: FinishedRun,
): Promise<PullRequest | undefined> {
  if (run.headRepository === undefined) return undefined;
  const head = `${run.headRepository.split("/")[0]}:${run.headBranch}`;
  const pulls = await api.paginate(api.rest.pulls.list, { owner, repo, state: "open", head, per_page: 100 });
  const [pull, ...others] = pulls.filter(
    (one) => one.head.sha === run.headCommit && one.head.repo?.full_name === run.headRepository,
  );
  if (pull === undefined || others.length > 0) return undefined;
  return {
    number: pull.number,
    baseBranch: pull.base.ref,
    headCommit: run.headCommit,
    // The token that asks is the repository's own.
    isFromFork: false,
  };
}

/** Archives that are longer than this are none of ours, in bytes. */
const longestArchive = 8 * 1024 * 1024;
/** More jobs than this report nothing that anybody reads. */
const mostArchives = 64;

/** The archives that the last attempt of a run left, by whatever made them. @param prefix what their names begin with */
export async function archivesOf(
  api: GitHubApi,
  { owner, repo }: RepositoryName,
  { run, prefix }: { readonly run: FinishedRun; readonly prefix: string },
): Promise<readonly Uint8Array[]> {
  const place = { owner, repo, run_id: run.id, per_page: 100 };
  const artifacts = await api.paginate(api.rest.actions.listWorkflowRunArtifacts, place);
  const wanted = artifacts.filter(
    ({ name, size_in_bytes: size, expired }) =>
      name.startsWith(prefix) && name.endsWith(`-${run.attempt}`) && size <= longestArchive && !expired,
  );
  const archives: Uint8Array[] = [];
  for (const { id } of wanted.slice(0, mostArchives)) {
    const { data } = await api.rest.actions.downloadArtifact({
      owner,
      repo,
      artifact_id: id,
      archive_format: "zip",
    });
    archives.push(new Uint8Array(data as ArrayBuffer));
  }
  return archives;
}
