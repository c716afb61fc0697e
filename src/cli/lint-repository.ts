import { relative, sep } from "node:path";
import { ConfigurationError } from "../errors.ts";
import { repositoryRoot } from "../git/repository-root.ts";
import type { LintProjects } from "../gate/history-inputs.ts";
import type { LintFile, LintOptions } from "../lint.ts";
import { openRepository, type Repository } from "../repository/repository.ts";
import type { LintCommandOptions } from "./lint.ts";
import type { NamedFile } from "./named-file.ts";

/** What is judged, and by which rules, where there is a repository around the files that are named; `undefined` where there is none. */
export function inRepository(
  named: readonly NamedFile[],
  options: LintCommandOptions,
): Pick<LintOptions, "loose" | "projects" | "policy"> | undefined {
  const repository = repositoryFor(named.length > 0, options);
  return repository && { ...assign(named, repository, options), policy: repository.configuration };
}

/** Files can be judged without any project around them; without files there must be one. */
function repositoryFor(hasFiles: boolean, options: LintCommandOptions): Repository | undefined {
  const { config, directory, project, base } = options;
  try {
    return openRepository({
      directory,
      alone: true,
      ...(config === undefined ? {} : { configFile: config }),
      ...(project === undefined ? {} : { project }),
      ...(base === undefined ? {} : { base }),
    });
  } catch (error) {
    if (hasFiles && error instanceof ConfigurationError && config === undefined && base === undefined) return undefined;
    throw error;
  }
}

/** Tells the files that belong to a project from those that stand alone. */
function assign(
  named: readonly NamedFile[],
  repository: Repository,
  { base }: LintCommandOptions,
): { loose: readonly LintFile[]; projects: LintProjects } {
  const { files, projects } = repository;
  const mergeBase = base === undefined ? undefined : repository.base?.mergeBase;
  if (named.length === 0) return { loose: [], projects: { files, projects, ...(mergeBase ? { mergeBase } : {}) } };
  const { root } = repositoryRoot(repository.root);
  const inRepository = (file: NamedFile): string | undefined => {
    const path = file.absolute === undefined ? undefined : relative(root, file.absolute).split(sep).join("/");
    return path === undefined || path.startsWith("../") ? undefined : path;
  };
  const owned = (path: string | undefined): boolean =>
    path !== undefined &&
    projects.some(
      ({ tool, migrations }) => tool === "sql" && migrations.some((directory) => path.startsWith(`${directory}/`)),
    );
  const inside = named.filter((file) => owned(inRepository(file)));
  const only = new Set(inside.map((file) => inRepository(file) ?? ""));
  const concerned = projects.filter(
    ({ tool, migrations }) =>
      tool === "sql" && [...only].some((path) => migrations.some((directory) => path.startsWith(`${directory}/`))),
  );
  return { loose: named.filter((file) => !inside.includes(file)), projects: { files, projects: concerned, only } };
}
