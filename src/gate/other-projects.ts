import type { Finding } from "../finding.ts";
import type { Project } from "../project.ts";
import { namedLeftOut } from "../repository/left-out.ts";
import type { Repository } from "../repository/repository.ts";
import { submoduleNotExamined } from "../repository/submodule-projects.ts";
import type { Check, ProjectVerdict } from "../verdict.ts";
import { judgeGoneProjects } from "./project-history.ts";

/** The verdicts on projects that are not gated: those that are gone, those left out beside others, and those in submodules. */
export const judgeOtherProjects = (repository: Repository): readonly ProjectVerdict[] => [
  ...judgeGoneProjects(repository).map(({ project, check, finding }) => notGated(project, check, [finding])),
  ...(repository.leftOut ?? []).map((leftOut) => {
    const { name, reason } = namedLeftOut(leftOut);
    return notGated({ ...leftOut.project, name }, skipped("lineage", reason));
  }),
  ...(repository.elsewhere ?? []).map((found) => {
    const { submodule, project } = found;
    const there = { ...project, name: `${submodule} ${project.name}`, directory: submodule };
    return notGated(there, skipped("history", "it is in a submodule"), [submoduleNotExamined(found)]);
  }),
];

const notGated = (
  { name, tool, directory }: Project,
  check: Check,
  findings: readonly Finding[] = [],
): ProjectVerdict => ({ name, tool, directory, checks: [check], findings, revisions: [] });

const skipped = (id: Check["id"], reason: string): Check => ({ id, status: "skipped", reason, durationMs: 0 });
