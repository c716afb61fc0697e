import type pg from "pg";
import type { Project } from "../project.ts";
import type { Repository } from "../repository/repository.ts";
import { toolNamed } from "../tools/registry.ts";
import { readStanding, type FoundStanding } from "./read-standing.ts";

/**
 * Where the target stands, when a look with plain SQL, at files as text, already shows that nothing is pending: what most of
 * many containers that start at once find.
 */
export async function standingIfDone(
  client: pg.Client,
  project: Project,
  { files }: Repository,
): Promise<FoundStanding | undefined> {
  const history = toolNamed(project.tool).readHistory(files, project);
  if (history.problems.length > 0 || history.revisions.length === 0) return undefined;
  const standing = await readStanding(client, project, history.revisions, files);
  const { pending, unknown, edited, half, unfinished } = standing;
  const isDone =
    standing.versionTable !== undefined &&
    pending.length + unknown.length + edited.length === 0 &&
    half === undefined &&
    unfinished === undefined;
  return isDone ? standing : undefined;
}
