import { existsSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { ConfigurationError } from "./errors.ts";
import { possibleRoots } from "./git/possible-roots.ts";
import { lint, type LintFile, type LintOptions } from "./lint.ts";
import type { LintVerdict } from "./lint-verdict.ts";
import { configurationPaths } from "./repository/configuration-paths.ts";
import type { RepositoryOptions } from "./repository/repository.ts";

/** What `headgate lint` judges, and how. */
export interface LintRepositoryOptions extends RepositoryOptions, LintOptions {
  /** Judged instead of every SQL project of the repository. Those of no project are one history, in this order. */
  readonly files?: readonly LintFile[];
}

/**
 * Judges SQL migrations from their text alone: those of the repository, or the files that are given. Starts no database.
 * @throws ConfigurationError when the configuration cannot be used, or nothing could be judged
 * @throws UsageError when an option names what is not there
 */
export async function lintRepository(options: LintRepositoryOptions): Promise<LintVerdict> {
  const { files = [] } = options;
  const scope = standAlone(files, options)
    ? { loose: files }
    : (await import("./lint-scope.ts")).lintScope(files, options);
  const verdict = await lint({ ...options, ...scope });
  const { skipped } = verdict.coverage;
  if (verdict.verdict === "errored" && files.length === 0 && skipped.length > 0)
    throw new ConfigurationError(
      `There are no SQL files to judge: ${skipped.map(({ name, reason }) => `${name}: ${reason}`).join("; ")}.`,
    );
  return verdict;
}

/**
 * Whether the files stand alone: no option speaks of a repository, and none around here holds one of them, or a configuration.
 * Asks no git, and loads nothing.
 */
function standAlone(files: readonly LintFile[], options: RepositoryOptions): boolean {
  const { directory, configFile, project, tool, base } = options;
  if (files.length === 0 || [configFile, project, tool, base].some((option) => option !== undefined)) return false;
  // The whole file system is no project: where a container runs in `/`, it would be walked through.
  const directories = new Set(files.flatMap(({ absolute }) => (absolute === undefined ? [] : [dirname(absolute)])));
  const roots = possibleRoots(directory).filter((root) => dirname(root) !== root || existsSync(join(root, ".git")));
  return !roots.some(
    (root) =>
      configurationPaths.some((path) => existsSync(join(root, path))) ||
      [...directories].some((each) => relative(root, each).split(sep)[0] !== ".."),
  );
}
