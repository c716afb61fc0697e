import { relative, sep } from "node:path";
import { ConfigurationError } from "./errors.ts";
import { readOnce } from "./files/read-once.ts";
import { workingTree } from "./files/working-tree.ts";
import { repositoryRoot } from "./git/repository-root.ts";
import type { LintProjects } from "./gate/history-inputs.ts";
import { inSequence } from "./gate/numbered-folders.ts";
import { type Files, isWithin } from "./files.ts";
import type { LintFile, LintScope } from "./lint.ts";
import type { Project } from "./project.ts";
import { toolNamed } from "./tools/registry.ts";
import { namedLeftOut } from "./repository/left-out.ts";
import { readConfiguration } from "./repository/read-configuration.ts";
import { configPath, openRepository, type Repository, type RepositoryOptions } from "./repository/repository.ts";

/**
 * What is judged, with the repository around. Files can be judged without any project, by what the configuration says of the
 * rules; without files there must be one.
 * @throws ConfigurationError when the configuration cannot be used
 */
export function lintScope(named: readonly LintFile[], options: RepositoryOptions): LintScope {
  const { configFile, directory, base } = options;
  try {
    const repository = openRepository({ ...options, alone: true });
    const files = readOnce(repository.files);
    return { ...assign(named, { ...repository, files }, base !== undefined), policy: repository.configuration };
  } catch (error) {
    if (named.length === 0 || base !== undefined || !(error instanceof ConfigurationError)) throw error;
    const { root } = repositoryRoot(directory);
    const policy = readConfiguration(workingTree(root), configPath(root, configFile));
    // Whoever names projects means them to be found.
    if (policy.projects !== undefined) throw error;
    return { loose: named, policy };
  }
}

/** Tells the files that belong to a project from those that stand alone. */
function assign(
  named: readonly LintFile[],
  repository: Repository,
  isCompared: boolean,
): { loose: readonly LintFile[]; projects: LintProjects } {
  const { files, projects } = repository;
  const mergeBase = isCompared ? repository.base?.mergeBase : undefined;
  if (named.length === 0) {
    const leftOut = (repository.leftOut ?? []).map(namedLeftOut);
    return { loose: [], projects: { files, projects, leftOut, ...(mergeBase ? { mergeBase } : {}) } };
  }
  const { root } = repositoryRoot(repository.root);
  const inRepository = (file: LintFile): string | undefined => {
    const path = file.absolute === undefined ? undefined : relative(root, file.absolute).split(sep).join("/");
    return path === undefined || path.startsWith("../") ? undefined : path;
  };
  const migrations = new Map<Project, ReadonlySet<string>>();
  const holds = (project: Project, path: string): boolean => {
    if (project.tool !== "sql" || !project.migrations.some((directory) => isWithin(path, directory))) return false;
    const known = migrations.get(project) ?? migrationFiles(project, files);
    migrations.set(project, known);
    return known.has(path);
  };
  const inside = new Map(
    named.flatMap((file): readonly (readonly [LintFile, string])[] => {
      const path = inRepository(file);
      return path !== undefined && projects.some((project) => holds(project, path)) ? [[file, path]] : [];
    }),
  );
  const only = new Set(inside.values());
  // What makes the schema before them is read, too.
  const concerned = inSequence(projects)
    .filter((sequence) => sequence.some((project) => [...only].some((path) => holds(project, path))))
    .flat();
  return { loose: named.filter((file) => !inside.has(file)), projects: { files, projects: concerned, only } };
}

/** The files of a project that its tool runs; what else lies beside them stands alone. */
const migrationFiles = (project: Project, files: Files): ReadonlySet<string> =>
  new Set(
    toolNamed(project.tool)
      .readHistory(files, project)
      .revisions.flatMap(({ file, downFile }) => (downFile === undefined ? [file] : [file, downFile])),
  );
