import { join } from "node:path";
import { ConfigurationError } from "../errors.ts";
import type { Files } from "../files.ts";
import { workingTree } from "../files/working-tree.ts";
import type { Finding } from "../finding.ts";
import { submoduleAt, submodules } from "../git/submodules.ts";
import type { Project } from "../project.ts";
import { tools } from "../tools/registry.ts";
import { readConfiguration } from "./read-configuration.ts";
import { findProjects } from "./select-projects.ts";

/** A project in a submodule: its migrations belong to another repository. */
export interface SubmoduleProject {
  /** The submodule's path. */
  readonly submodule: string;
  readonly project: Project;
}

/** The submodules of a repository that hold migrations, and those of which nobody knows. */
export interface FoundSubmodules {
  readonly projects: readonly SubmoduleProject[];
  /** The paths of those that are not checked out. */
  readonly unseen: readonly string[];
}

/**
 * The projects in submodules and in theirs, where these are checked out. Their places are relative to the submodule.
 * @param base only those of submodules that are at another commit than in this one
 */
export function submoduleProjects(root: string, files: Files, base?: string): FoundSubmodules {
  if (!files.exists(".gitmodules")) return { projects: [], unseen: [] };
  const found = submodules(root, base).map((submodule): FoundSubmodules => {
    // An empty folder is all there is of one that is not checked out.
    if (files.list(submodule).length === 0) return { projects: [], unseen: [submodule] };
    const place = join(root, submodule);
    const inner = workingTree(place);
    const below = submoduleProjects(place, inner, base && submoduleAt(root, base, submodule));
    const within = (path: string) => `${submodule}/${path}`;
    return {
      projects: [
        ...projectsIn(inner).map((project) => ({ submodule, project })),
        ...below.projects.map((one) => ({ ...one, submodule: within(one.submodule) })),
      ],
      unseen: below.unseen.map(within),
    };
  });
  return { projects: found.flatMap(({ projects }) => projects), unseen: found.flatMap(({ unseen }) => unseen) };
}

function projectsIn(files: Files): readonly Project[] {
  try {
    return findProjects(files, readConfiguration(files), tools, { directory: "." }).projects;
  } catch (error) {
    if (error instanceof ConfigurationError) return [];
    throw error;
  }
}

/** What is to be said of a submodule that the change moves and that is not checked out. */
export const submoduleNotSeen = (submodule: string): Finding => ({
  ruleId: "submodule-not-examined",
  severity: "info",
  title: "A submodule was not looked at",
  message: `This change moves the git submodule ${submodule} to another commit, and it is not checked out: whether it holds migrations was not looked at.`,
  help: `Run \`git submodule update --init ${/^[\w./-]+$/.test(submodule) ? submodule : "PATH"}\` before (\`submodules: true\` of actions/checkout) to have that told.`,
});

/** What is to be said of one whose submodule the change moves. */
export const submoduleNotExamined = ({ submodule, project: { tool } }: SubmoduleProject): Finding => ({
  ruleId: "submodule-not-examined",
  severity: "warning",
  title: "Migrations in a submodule are not examined",
  message: `This change moves the git submodule ${submodule} to another commit, and it holds migrations (${tool}). A submodule is a repository of its own: nothing was examined of what it brings.`,
  help: `Run \`headgate check\` in the repository that ${submodule} comes from, on its own pull requests.`,
});
