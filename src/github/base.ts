import type { BaseTarget } from "../git/fetch-base.ts";
import type { WorkflowEvent } from "./event.ts";

/**
 * What an event's change is compared with; `undefined` where nothing is said, so that the configuration and git decide.
 * On the default branch itself a push is compared with what was there before it.
 */
export function baseOfEvent(event: WorkflowEvent): BaseTarget | undefined {
  switch (event.kind) {
    case "pull-request":
      return { kind: "branch", name: event.baseBranch };
    case "merge-group":
      return { kind: "commit", commit: event.baseCommit };
    case "push":
      if (event.branch === event.defaultBranch)
        return event.before === undefined ? undefined : { kind: "commit", commit: event.before };
      return { kind: "branch", name: event.defaultBranch };
    case "on-demand":
      if (event.defaultBranch === undefined || event.branch === event.defaultBranch) return undefined;
      return { kind: "branch", name: event.defaultBranch };
    case "privileged":
      return undefined;
    default:
      return event satisfies never;
  }
}
