import type { Revision } from "../history.ts";
import { toolNamed } from "../tools/registry.ts";
import { readStanding, type FoundStanding } from "./read-standing.ts";
import type { Workplace } from "./workplace.ts";

/** Where a target stands, and the history as its files tell it. */
export interface EarlyLook {
  readonly standing: FoundStanding;
  readonly revisions: readonly Revision[];
}

/** A look with plain SQL, at files as text, before anything is started; `undefined` where the files do not tell the history. */
export async function earlyLook({ client, project, repository }: Workplace): Promise<EarlyLook | undefined> {
  const { files } = repository;
  const { problems, revisions } = toolNamed(project.tool).readHistory(files, project);
  return problems.length > 0
    ? undefined
    : { standing: await readStanding(client, project, revisions, files), revisions };
}

/** Whether it shows already that nothing is to be done: what most of many containers that start at once find. */
export const isDone = ({ standing, revisions }: EarlyLook): boolean =>
  revisions.length > 0 &&
  standing.versionTable !== undefined &&
  standing.pending.length + standing.unknown.length + standing.edited.length === 0 &&
  standing.half === undefined &&
  standing.unfinished === undefined;
