import { z } from "zod";
import { UsageError } from "../errors.ts";

/** What started the workflow, as far as the gate cares. */
export type WorkflowEvent =
  /** A pull request, in the context of its own code. */
  | ({ readonly kind: "pull-request" } & PullRequest)
  /** A merge queue tries what its next merge would give. */
  | { readonly kind: "merge-group"; readonly baseCommit: string }
  /** Commits arrived on a branch, or a tag was pushed. */
  | {
      readonly kind: "push";
      /** Absent for a tag. */
      readonly branch?: string;
      /** What the branch was before; absent where it is new, or was rewritten. */
      readonly before?: string;
      readonly defaultBranch: string;
    }
  /** Somebody, or a schedule, started it on a branch or a tag. */
  | { readonly kind: "on-demand"; readonly branch?: string; readonly defaultBranch?: string }
  /** Any other: it runs with the repository's secrets, on whatever the workflow checked out. */
  | { readonly kind: "privileged"; readonly name: string };

/** The pull request that an event is about. */
export interface PullRequest {
  readonly number: number;
  /** The branch it wants to go to. */
  readonly baseBranch: string;
  /** The newest commit of its own branch. */
  readonly headCommit: string;
  /** Whether it comes from another repository. */
  readonly isFromFork: boolean;
}

const repository = z.object({ full_name: z.string() });
const pullRequest = z.object({
  number: z.int(),
  pull_request: z.object({
    base: z.object({ ref: z.string(), repo: repository }),
    head: z.object({ sha: z.string(), repo: repository.nullable() }),
  }),
});
const mergeGroup = z.object({ merge_group: z.object({ base_sha: z.string() }) });
const push = z.object({
  ref: z.string(),
  before: z.string(),
  created: z.boolean(),
  forced: z.boolean(),
  repository: z.object({ default_branch: z.string() }),
});
const onDemand = z.object({ repository: z.object({ default_branch: z.string() }).optional() });

/** Started on code that is in the repository, by who may write to it. */
const onDemandEvents = new Set(["workflow_dispatch", "repository_dispatch", "schedule", "release", "create"]);

/**
 * Understands an event.
 * @param name GitHub's, for example `pull_request`
 * @param payload the event's JSON document, parsed
 * @param ref the full ref the workflow runs on, for example `refs/heads/main`
 * @throws UsageError when the payload is not that event's
 */
export function readEvent(name: string, payload: unknown, ref: string | undefined): WorkflowEvent {
  switch (name) {
    case "pull_request": {
      const { number, pull_request: pull } = read(pullRequest, payload, name);
      return {
        kind: "pull-request",
        number,
        baseBranch: pull.base.ref,
        headCommit: pull.head.sha,
        isFromFork: pull.head.repo?.full_name !== pull.base.repo.full_name,
      };
    }
    case "merge_group":
      return { kind: "merge-group", baseCommit: read(mergeGroup, payload, name).merge_group.base_sha };
    case "push": {
      const { ref: pushed, before, created, forced, repository } = read(push, payload, name);
      return {
        kind: "push",
        ...branch(pushed),
        ...(created || forced || /^0+$/.test(before) ? {} : { before }),
        defaultBranch: repository.default_branch,
      };
    }
    default: {
      if (!onDemandEvents.has(name)) return { kind: "privileged", name };
      const { repository } = read(onDemand, payload, name);
      return {
        kind: "on-demand",
        ...branch(ref ?? ""),
        ...(repository === undefined ? {} : { defaultBranch: repository.default_branch }),
      };
    }
  }
}

function branch(ref: string): { readonly branch?: string } {
  return ref.startsWith("refs/heads/") ? { branch: ref.slice("refs/heads/".length) } : {};
}

function read<Shape>(schema: z.ZodType<Shape>, payload: unknown, name: string): Shape {
  const result = schema.safeParse(payload);
  if (result.success) return result.data;
  const key = result.error.issues[0]?.path.map(String).join(".");
  throw new UsageError(`The event file is not that of a ${name} event: ${key ? `${key} is missing` : "it is empty"}.`);
}
