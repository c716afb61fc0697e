import { posix } from "node:path";
import { configurationPaths } from "../repository/configuration-paths.ts";
import { isWithin } from "../files.ts";
import { changedInWorkingTree } from "../git/changed-files.ts";
import type { Project } from "../project.ts";
import type { Repository } from "../repository/repository.ts";

/** Why a project is not replayed whose migrations and `paths` the change leaves as they were. */
export const untouchedReason = "the change touches neither its migrations nor what it lists under paths";

/**
 * Whether a change leaves a project alone that says under `paths` what belongs to it. Its migrations, the files that its
 * configuration names and the configuration itself always do; where it says nothing, everything does.
 */
export function isUntouched(project: Project, { root, base, configFile }: Repository): boolean {
  if (project.paths === undefined || base === undefined) return false;
  const own = new Set([
    ...configurationPaths,
    ...(configFile === undefined ? [] : [configFile]),
    ...(project.configFile === undefined ? [] : [project.configFile]),
    ...project.prelude,
    ...(project.start ? [project.start.dump] : []),
    ...Object.values(project.samples ?? {}),
    // Alembic runs every revision through it.
    ...(project.tool === "alembic"
      ? project.migrations.map((versions) => posix.join(posix.dirname(versions), "env.py"))
      : []),
  ]);
  const belongs = (file: string): boolean =>
    own.has(file) ||
    project.migrations.some((directory) => isWithin(file, directory)) ||
    (project.paths ?? []).some((glob) => posix.matchesGlob(file, glob));
  const changed = changedInWorkingTree(root, base.commit);
  return changed !== undefined && !changed.some(belongs);
}
