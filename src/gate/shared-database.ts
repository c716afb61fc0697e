import type { Project, TargetDatabase } from "../project.ts";

/** Projects whose migrations meet in one database. */
export interface SharedDatabase {
  /** Where the configuration says so, in words. */
  readonly where: string;
  readonly projects: readonly Project[];
}

/**
 * The databases that several projects share, as far as the configuration says it: they name the same variable under `targets`,
 * for the whole database or for the same tenants. Where it says nothing, each project has a database of its own.
 */
export function sharedDatabases(projects: readonly Project[]): readonly SharedDatabase[] {
  const databases = projects.flatMap((project) =>
    (project.targets?.databases ?? []).map((database) => ({ project, database })),
  );
  const groups = [...Map.groupBy(databases, ({ database }) => database.variable)].map(([variable, members]) => ({
    where: variable,
    projects: [
      ...new Set(
        members
          .filter((one) =>
            members.some((other) => other.project !== one.project && haveCommon(one.database, other.database)),
          )
          .map(({ project }) => project),
      ),
    ],
  }));
  const seen = new Set<string>();
  return groups.filter((group) => {
    const names = JSON.stringify(group.projects.map(({ name }) => name));
    const isFirst = group.projects.length > 1 && !seen.has(names);
    seen.add(names);
    return isFirst;
  });
}

function haveCommon({ schemas: ours }: TargetDatabase, { schemas: theirs }: TargetDatabase): boolean {
  if (ours === undefined || theirs === undefined) return ours === theirs;
  return ours.some((name) => theirs.includes(name));
}
