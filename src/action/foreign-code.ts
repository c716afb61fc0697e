import { UsageError } from "../errors.ts";
import { askGit, runGit } from "../git/run-git.ts";
import type { WorkflowEvent } from "../github/event.ts";

/**
 * Refuses to run a stranger's migrations with the repository's secrets. Events such as `pull_request_target` and
 * `workflow_run` have a token that may write, and run on the default branch; a workflow that checks out something else there
 * hands both to whoever opened the pull request.
 * @param root the repository that would be checked
 * @param commit the commit the event is about (`GITHUB_SHA`)
 * @throws UsageError unless what is checked out is that commit, unchanged
 */
export function refuseForeignCode(event: WorkflowEvent, root: string, commit: string | undefined): void {
  if (event.kind !== "privileged") return;
  const head = askGit(root, ["rev-parse", "HEAD"]);
  const changes = runGit(root, ["status", "--porcelain", "--untracked-files=all", "--ignored=matching"]);
  if (commit !== undefined && head === commit && changes.status === 0 && changes.stdout.length === 0) return;
  throw new UsageError(
    `Headgate does not run here: the event ${event.name} has a token that may write to this repository, and what is checked out is not the branch that the workflow comes from. Migrations are code, and these may be a stranger's. Use the event pull_request instead; it runs them without secrets.`,
  );
}
