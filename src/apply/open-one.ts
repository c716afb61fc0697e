import { UsageError } from "../errors.ts";
import type { Project } from "../project.ts";
import { isTenantSchema } from "../repository/targets-schema.ts";
import { tenantProject } from "./tenant.ts";
import { openRepository, type Repository, type RepositoryOptions } from "../repository/repository.ts";
import { listed } from "../prose.ts";

/** Which of several histories in one repository, or one database. */
export interface OneOptions extends RepositoryOptions {
  /** The schema of the tenant that is meant. Absent: the history is there once. */
  readonly schema?: string;
}

/** The one project whose database this is. @throws UsageError when there are several */
export function openOne(options: OneOptions): { readonly repository: Repository; readonly project: Project } {
  const repository = openRepository(options);
  const [project, another] = repository.projects;
  if (project === undefined || another !== undefined)
    throw new UsageError(
      `There are several projects, and one target: name one with --project (${listed(repository.projects.map(({ name }) => name))}).`,
    );
  if (options.schema !== undefined && !isTenantSchema(options.schema))
    throw new UsageError(
      `"${options.schema}" is not a tenant's schema; --schema names one that has the whole history.`,
    );
  return { repository, project: options.schema === undefined ? project : tenantProject(project, options.schema) };
}
