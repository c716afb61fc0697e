import { readFileSync } from "node:fs";
import { UsageError } from "../errors.ts";
import { readEvent, type WorkflowEvent } from "../github/event.ts";

/** The event that the runner says it is. @throws UsageError outside of a runner */
export function currentEvent(environment: NodeJS.ProcessEnv): WorkflowEvent {
  const { GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: path, GITHUB_REF: ref } = environment;
  if (!name || !path)
    throw new UsageError("This is the action's entry, which a workflow runs; at a desk, use `npx headgate`.");
  return readEvent(name, JSON.parse(readFileSync(path, "utf8")), ref);
}
