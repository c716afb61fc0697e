import type { Project } from "../project.ts";
import type { Repository } from "../repository/repository.ts";
import { toolNamed } from "../tools/registry.ts";

/** The version table in which one project of SQL files would find what another has applied; their tools may be told another one. */
export function sharedRecord(
  projects: readonly Project[],
  { files }: Repository,
  revisionsOf: (project: Project) => readonly string[],
): string | undefined {
  const kept = projects
    .filter(({ tool }) => tool === "sql")
    .flatMap((project) => {
      const record = toolNamed(project.tool).versionRecord(files, project);
      const revisions = revisionsOf(project);
      return record ? [{ table: project.versionTable ?? record.name, positional: record.positional, revisions }] : [];
    });
  return kept.find((one, at) =>
    kept
      .slice(0, at)
      .some(
        (other) =>
          other.table === one.table && (one.positional || one.revisions.some((id) => other.revisions.includes(id))),
      ),
  )?.table;
}
