import { UsageError } from "../errors.ts";
import type { Project } from "../project.ts";
import { openRepository, type Repository, type RepositoryOptions } from "../repository/repository.ts";

/** The one project whose database this is. @throws UsageError when there are several */
export function openOne(options: RepositoryOptions): { readonly repository: Repository; readonly project: Project } {
  const repository = openRepository(options);
  const [project, another] = repository.projects;
  if (project === undefined || another !== undefined)
    throw new UsageError(
      `There are several projects, and one target: name one with --project (${repository.projects.map(({ name }) => name).join(", ")}).`,
    );
  return { repository, project };
}
