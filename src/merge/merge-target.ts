import { type Configuration } from "../repository/configuration.ts";
import { readConfiguration } from "../repository/read-configuration.ts";
import { earlierProjects } from "../repository/earlier-projects.ts";
import { ConfigurationError, UsageError } from "../errors.ts";
import { commitTree } from "../files/commit-tree.ts";
import { type Files, isWithin } from "../files.ts";
import type { Finding } from "../finding.ts";
import { changedFiles } from "../git/changed-files.ts";
import { mergeTree, writeMerge } from "../git/merge-tree.ts";
import { repositoryRoot } from "../git/repository-root.ts";
import { askGit } from "../git/run-git.ts";
import type { MergeJudgement } from "./merge-judgement.ts";
import { optional } from "../optional.ts";
import type { Project } from "../project.ts";
import { judgeGoneProjects, judgeHistory } from "../gate/project-history.ts";
import { judgeProjectLineage } from "../gate/project-lineage.ts";
import { configPath, type RepositoryOptions } from "../repository/repository.ts";
import { findProjects, type SelectedProjects } from "../repository/select-projects.ts";
import { toolNamed, tools } from "../tools/registry.ts";

/** A branch that others are to be merged into. */
export interface MergeTarget {
  /** Absolute path of the repository. */
  readonly root: string;
  /** Where it is now. */
  readonly commit: string;
  /** What merging this commit would give. Reads git's objects alone: nothing is checked out, and nothing of it is run. */
  judge(head: string): Promise<MergeJudgement>;
  /** The target with both merged into it; `undefined` where git cannot merge them. @throws ConfigurationError */
  both(first: MergedHead, second: MergedHead): MergedRepository | undefined;
}

/** A commit, and the tree that merging it into the target gives. */
export interface MergedHead {
  readonly head: string;
  readonly tree: string;
}

/** The files of a merge, and what its configuration says of them. */
export interface MergedRepository {
  readonly files: Files;
  readonly configuration: Configuration;
  readonly projects: readonly Project[];
}

/** Which projects count, and what fails. */
export interface MergeTargetOptions extends Omit<RepositoryOptions, "base"> {
  readonly failOn?: "error" | "warning";
}

/**
 * Reads a branch as it is committed.
 * @param branch what it is called, for messages
 * @param ref where it is now
 * @throws ConfigurationError when there is no project in it
 * @throws UsageError when an option names what is not there
 */
export function openMergeTarget(options: MergeTargetOptions, branch: string, ref: string): MergeTarget {
  const { root, directory } = repositoryRoot(options.directory);
  const commit = askGit(root, ["rev-parse", "--verify", "--quiet", `${ref}^{commit}`]);
  if (commit === undefined) throw new UsageError(`There is no commit ${JSON.stringify(ref)} in this clone.`);
  const configFile = configPath(root, options.configFile);
  const tip = commitTree(root, commit);
  const read = (files: Files): MergedRepository & Pick<SelectedProjects, "absent" | "leftOut"> => {
    const configuration = readConfiguration(files, configFile);
    const selection = { directory, ...optional("project", options.project), ...optional("tool", options.tool) };
    return { files, configuration, ...findProjects(files, configuration, tools, selection) };
  };
  const present = read(tip);
  if (present.absent[0]) throw present.absent[0].error;
  const folders = present.projects.flatMap(({ migrations }) => migrations);
  const isMigration = (path: string): boolean => folders.some((folder) => isWithin(path, folder));
  const target = { commit, mergeBase: tip, ref: branch };

  const judgeTree = async (tree: string, touched: readonly string[]): Promise<MergeJudgement> => {
    const files = commitTree(root, tree);
    const { configuration, projects, absent, leftOut } = read(files);
    const own = projects.filter(({ migrations }) =>
      touched.some((path) => migrations.some((folder) => isWithin(path, folder))),
    );
    const { moved, gone } = earlierProjects(present.projects, projects, tip, leftOut);
    const never = absent.find((one) => !gone.some(one.is));
    if (never) throw never.error;
    const base = { ...target, moved };
    const missing = judgeGoneProjects({ base, gone, configuration, ...optional("configFile", configFile) });
    const failOn = options.failOn ?? configuration["fail-on"];
    const judged = await Promise.all(
      own.map(async (project) => {
        const { readHistory } = toolNamed(project.tool);
        const lineage = judgeProjectLineage(project, readHistory(files, project), base);
        const { findings } = await judgeHistory(project, lineage.history, {
          files,
          base,
          configuration,
          ...optional("configFile", configFile),
        });
        // What is wrong with the branch itself is nobody else's fault.
        const before = new Set(judgeProjectLineage(project, readHistory(tip, project), base).findings.map(keyOf));
        const brought = lineage.findings.filter((finding) => !before.has(keyOf(finding)));
        return { project, newIds: lineage.newIds, findings: [...brought, ...findings] };
      }),
    );
    const computed = judged
      .filter(({ project }) => toolNamed(project.tool).runner(project).kind === "driver")
      .flatMap(({ findings }) => findings.filter(({ ruleId }) => ruleId === "unreadable-migration"));
    if (computed[0] !== undefined)
      return {
        kind: "unjudged",
        reason: `${computed[0].file ?? "A migration"} cannot be read without running it, and nothing is run here.`,
      };
    return {
      kind: "judged",
      failing: [...judged.flatMap(({ findings }) => findings), ...missing.map(({ finding }) => finding)].filter(
        ({ severity }) => severity === "error" || severity === failOn,
      ),
      projects: judged.map(({ project, newIds }) => ({ project, newIds })),
      tree,
    };
  };

  return {
    root,
    commit,
    async judge(head) {
      const merged = mergeTree(root, commit, head);
      if (merged.kind === "failed") return { kind: "unjudged", reason: `git cannot merge it: ${merged.reason}.` };
      const touched = changedFiles(root, commit, merged.tree)?.filter(isMigration);
      if (touched === undefined) return { kind: "unjudged", reason: "git cannot compare it." };
      if (touched.length === 0) return { kind: "untouched" };
      const files = merged.kind === "conflicts" ? merged.files.filter(isMigration) : [];
      if (files.length > 0) return { kind: "conflicts", files };
      try {
        return await judgeTree(merged.tree, touched);
      } catch (error) {
        if (error instanceof ConfigurationError || error instanceof UsageError)
          return { kind: "unjudged", reason: error.message };
        throw error;
      }
    },
    both(first, second) {
      const one = writeMerge(root, first.tree, [commit, first.head]);
      const merged = one === undefined ? undefined : mergeTree(root, one, second.head);
      return merged?.kind === "merged" ? read(commitTree(root, merged.tree)) : undefined;
    },
  };
}

const keyOf = ({ ruleId, file, message }: Finding): string => JSON.stringify([ruleId, file, message]);
