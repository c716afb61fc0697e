import { join } from "node:path";
import { ConfigurationError } from "../errors.ts";
import type { Files } from "../files.ts";
import { workingTree } from "../files/working-tree.ts";
import type { Finding } from "../finding.ts";
import { submodules } from "../git/submodules.ts";
import type { Project } from "../project.ts";
import { tools } from "../tools/registry.ts";
import { readConfiguration } from "./config.ts";
import { findProjects } from "./select-projects.ts";

/** A project in a submodule: its migrations belong to another repository. */
export interface SubmoduleProject {
  /** The submodule's path. */
  readonly submodule: string;
  readonly project: Project;
}

/**
 * The projects in submodules, where these are checked out. Their places are relative to the submodule.
 * @param base only those of submodules that are at another commit than in this one
 */
export function submoduleProjects(root: string, files: Files, base?: string): readonly SubmoduleProject[] {
  if (!files.exists(".gitmodules")) return [];
  return submodules(root, base).flatMap((submodule) => {
    // An empty folder is all there is of one that is not checked out.
    if (files.list(submodule).length === 0) return [];
    try {
      const inner = workingTree(join(root, submodule));
      const { projects } = findProjects(inner, readConfiguration(inner), tools, { directory: "." });
      return projects.map((project) => ({ submodule, project }));
    } catch (error) {
      if (error instanceof ConfigurationError) return [];
      throw error;
    }
  });
}

/** What is to be said of one whose submodule the change moves. */
export const submoduleNotExamined = ({ submodule, project: { tool } }: SubmoduleProject): Finding => ({
  ruleId: "submodule-not-examined",
  severity: "warning",
  title: "Migrations in a submodule are not examined",
  message: `This change moves the git submodule ${submodule} to another commit, and it holds migrations (${tool}). A submodule is a repository of its own: nothing was examined of what it brings.`,
  help: `Run \`headgate check\` in the repository that ${submodule} comes from, on its own pull requests.`,
});
