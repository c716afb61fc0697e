import { judgeProjectLineage } from "./gate/project-lineage.ts";
import type { History } from "./history.ts";
import { describeLineage } from "./lineage/lineage.ts";
import { type LineageDocument, lineageDocument, type ProjectLineageReport } from "./report/lineage-schema.ts";
import { namedLeftOut } from "./repository/left-out.ts";
import { openRepository, type RepositoryOptions } from "./repository/repository.ts";
import { toolNamed } from "./tools/registry.ts";

/** The lineage of one project, with the history that it was read from. */
export interface ReadLineage {
  readonly report: ProjectLineageReport;
  readonly history: History;
}

/** The lineages of a repository, as far as its files tell. */
export interface Lineages {
  readonly projects: readonly ReadLineage[];
  /** Projects that were found beside these and left out, and why. */
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * The lineage of every project, as `headgate lineage --format json` prints it. Runs nothing of the project's.
 * @throws ConfigurationError when there is no project, or the configuration cannot be used
 * @throws UsageError when an option names what is not there
 */
export function lineage(options: RepositoryOptions): LineageDocument {
  const { projects, leftOut } = readLineages(options);
  return lineageDocument(
    projects.map(({ report }) => report),
    leftOut,
  );
}

/** The same with each project's history, for who draws it. @throws as `lineage` does */
export function readLineages(options: RepositoryOptions): Lineages {
  const repository = openRepository(options);
  const projects = repository.projects.map((project): ReadLineage => {
    const { name, tool, directory } = project;
    const read = toolNamed(tool).readHistory(repository.files, project);
    const { history, ordered, newIds, findings } = judgeProjectLineage(project, read, repository.base);
    const report = { name, tool, directory, lineage: describeLineage(history, newIds), revisions: ordered, findings };
    return { report, history };
  });
  return { projects, leftOut: (repository.leftOut ?? []).map(namedLeftOut) };
}
