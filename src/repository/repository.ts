import { relative, sep } from "node:path";
import { type Configuration } from "./configuration.ts";
import { readConfiguration } from "./read-configuration.ts";
import { earlierProjects } from "./earlier-projects.ts";
import type { LeftOutProject } from "./left-out.ts";
import { ConfigurationError, UsageError } from "../errors.ts";
import { type Files, isWithin } from "../files.ts";
import { commitTree } from "../files/commit-tree.ts";
import { workingTree } from "../files/working-tree.ts";
import { findBase } from "../git/merge-base.ts";
import { notCheckedOut } from "../git/not-checked-out.ts";
import { repositoryRoot } from "../git/repository-root.ts";
import { optional } from "../optional.ts";
import type { Project } from "../project.ts";
import { findProjects, type ProjectSelection, type SelectedProjects } from "./select-projects.ts";
import { submoduleProjects, type SubmoduleProject } from "./submodule-projects.ts";
import { tools } from "../tools/registry.ts";
import type { ToolName } from "../tools/tool.ts";

/** Which repository, which projects of it, and what they are compared with. */
export interface RepositoryOptions {
  /** The repository, or a directory in it: then only the projects below it count. */
  readonly directory: string;
  /** The configuration file; absent: the first of `configurationPaths`. */
  readonly configFile?: string;
  /** Only the project of this name. */
  readonly project?: string;
  /** Only projects of this tool. */
  readonly tool?: ToolName;
  /** Revisions that are not in the merge base with this git ref are new. Default: the repository's default branch. */
  readonly base?: string;
  /** Whether nothing is compared with anything, unless `base` says with what: then git is not asked. Default: false; `lint`: always. */
  readonly alone?: boolean;
}

/** The commits a change is compared with. */
export interface BaseTrees {
  /** The merge base: where the change branched off. */
  readonly commit: string;
  readonly mergeBase: Files;
  /** The base branch as it is now, where it has moved on since. */
  readonly tip?: Files;
  /** What the base branch is called. */
  readonly ref: string;
  /** How projects were set up at the merge base whose migrations were somewhere else there, by their names now. */
  readonly moved?: ReadonlyMap<string, Project>;
  /** How SQL projects were set up at the merge base whose files have another layout there, by their names now. */
  readonly otherwise?: ReadonlyMap<string, Project>;
}

/** A repository, read: where it is, what it holds, what it is compared with. */
export interface Repository {
  /** Absolute path. */
  readonly root: string;
  readonly files: Files;
  readonly configuration: Configuration;
  /** The configuration file that was asked for, relative to the root; absent: the first of `configurationPaths`. */
  readonly configFile?: string;
  readonly projects: readonly Project[];
  /** Absent: every revision is new. */
  readonly base?: BaseTrees;
  /** Why there is no base, where there is none. */
  readonly noBase?: string;
  /** Projects that the merge base has and nothing checks any more. */
  readonly gone?: readonly Project[];
  /** Projects in submodules that the change moves: nothing here checks them. */
  readonly elsewhere?: readonly SubmoduleProject[];
  /** Projects that were found and that nobody would have checked, beside the others. */
  readonly leftOut?: readonly LeftOutProject[];
  /** The submodules that the change moves and that are not checked out. */
  readonly unseen?: readonly string[];
}

/**
 * Reads the repository.
 * @throws ConfigurationError when nothing in it can be gated
 * @throws UsageError when an option names what is not there
 */
export function openRepository(options: RepositoryOptions): Repository {
  const { absent, ...repository } = openChange(options);
  if (absent[0]) throw absent[0].error;
  return repository;
}

/**
 * Reads the repository as a change of what was there. What is `absent` now, the merge base had.
 * @throws ConfigurationError when what is not there never was
 * @throws UsageError when an option names what is not there
 */
export function openChange(options: RepositoryOptions): Repository & Pick<SelectedProjects, "absent"> {
  const { root, directory } = repositoryRoot(options.directory);
  const files = workingTree(root);
  const configFile = configPath(root, options.configFile);
  const configuration = readConfiguration(files, configFile);
  const selection = { directory, ...optional("project", options.project), ...optional("tool", options.tool) };
  const { projects, absent, leftOut } = findProjects(files, configuration, tools, selection);
  const [first] = absent;
  requireCheckout(root, projects);
  if (options.alone && options.base === undefined) {
    if (first) throw first.error;
    return { root, files, configuration, projects, absent, leftOut, noBase: "nothing was asked to be compared with" };
  }
  const migrations = projects.flatMap((project) => project.migrations);
  const base = findBase(root, options.base ?? configuration.base, migrations);
  const repository = { root, files, configuration, ...optional("configFile", configFile), projects, absent, leftOut };
  if (base.kind === "none") {
    if (first) throw withSubmodules(first.error, root, files);
    return { ...repository, noBase: base.reason };
  }
  const { commit, ref, tip } = base;
  const mergeBase = commitTree(root, commit);
  const earlier = projectsAt(mergeBase, configFile, selection);
  const { moved, gone, otherwise } = earlierProjects(earlier, projects, mergeBase, leftOut);
  requireCheckout(root, gone);
  const trees = { commit, ref, mergeBase, moved, otherwise, ...(tip === commit ? {} : { tip: commitTree(root, tip) }) };
  const isCovered = (path: string) => migrations.some((folder) => isWithin(folder, path));
  const never = absent.find((one) => !gone.some(one.is));
  if (never) throw withSubmodules(never.error, root, files);
  if (options.project !== undefined) return { ...repository, base: trees, gone };
  const inside = submoduleProjects(root, files, commit);
  const elsewhere = inside.projects.filter(({ submodule }) => !isCovered(submodule));
  return { ...repository, base: trees, gone, elsewhere, unseen: inside.unseen };
}

/** Who finds nothing is told where there is something. */
function withSubmodules(error: Error, root: string, files: Files): Error {
  const [found] = error instanceof ConfigurationError ? submoduleProjects(root, files).projects : [];
  if (found === undefined) return error;
  const hint = `The git submodule ${found.submodule} holds some (${found.project.tool}); it is a repository of its own: run Headgate there.`;
  return new ConfigurationError(`${error.message} ${hint}`, { cause: error });
}

/** @throws UsageError where the work tree lacks migrations that are committed: what is not there would not be missed */
function requireCheckout(root: string, projects: readonly Project[]): void {
  const missing = notCheckedOut(root, [...new Set(projects.flatMap(({ migrations }) => migrations))]);
  const [first] = missing;
  if (first === undefined) return;
  throw new UsageError(
    `The sparse checkout leaves out ${missing.length === 1 ? "a migration" : `${missing.length} files of the migrations`}, for example ${JSON.stringify(first)}. Add them with git sparse-checkout add, or end it with git sparse-checkout disable.`,
  );
}

/** The projects of another commit; none where it has none, or cannot be read as it is asked for. */
function projectsAt(files: Files, configFile: string | undefined, selection: ProjectSelection): readonly Project[] {
  try {
    return findProjects(files, readConfiguration(files, configFile), tools, selection).projects;
  } catch (error) {
    if (error instanceof ConfigurationError) return [];
    throw error;
  }
}

/** The named configuration file, given from where the command runs, as a path in the repository. @throws UsageError when it is outside */
export function configPath(root: string, configFile: string | undefined): string | undefined {
  if (configFile === undefined) return undefined;
  const path = relative(root, configFile).split(sep).join("/");
  if (path.startsWith("../")) throw new UsageError(`The configuration file ${configFile} is outside the repository.`);
  return path;
}
