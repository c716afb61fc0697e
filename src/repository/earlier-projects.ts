import type { Files } from "../files.ts";
import type { Finding } from "../finding.ts";
import { historyAt } from "../lineage/new-revisions.ts";
import type { LeftOutProject } from "./left-out.ts";
import { type Exemption, exemptionFor } from "../lineage/exemptions.ts";
import type { Project } from "../project.ts";
import { toolNamed } from "../tools/registry.ts";

/** What became of the projects of an earlier tree. */
export interface EarlierProjects {
  /** How a project was set up, by its name now, where its migrations were somewhere else. */
  readonly moved: ReadonlyMap<string, Project>;
  /** Those that nothing checks any more. */
  readonly gone: readonly Project[];
  /** How SQL projects were set up, by their names now, whose files had another layout. */
  readonly otherwise: ReadonlyMap<string, Project>;
}

/**
 * Finds the projects of an earlier tree again. One whose migrations are nowhere any more has moved where exactly one project of
 * its tool is in a place that was empty; otherwise it is gone.
 * @param leftOut what is there beside the projects that are present
 */
export function earlierProjects(
  earlier: readonly Project[],
  present: readonly Project[],
  earlierFiles: Files,
  leftOut: readonly LeftOutProject[] = [],
): EarlierProjects {
  const all = [...present, ...leftOut.map(({ project }) => project)];
  const lost = earlier.filter(
    ({ tool, migrations }) =>
      !all.some((project) => project.tool === tool && project.migrations.some((path) => migrations.includes(path))),
  );
  const moved = new Map<string, Project>();
  const gone = lost.filter((project) => {
    const [found, another] = present.filter(
      (candidate) => candidate.tool === project.tool && !isIn(earlierFiles, candidate) && !moved.has(candidate.name),
    );
    if (found === undefined || another !== undefined) return true;
    moved.set(found.name, project);
    return false;
  });
  const otherwise = new Map(
    present.flatMap((project) => {
      const was = earlier.find(
        ({ tool, layout, migrations }) =>
          tool === project.tool && layout !== project.layout && migrations.join("\0") === project.migrations.join("\0"),
      );
      return was === undefined ? [] : [[project.name, was] as const];
    }),
  );
  return { moved, gone, otherwise };
}

/** A project as it was set up in a tree: where its migrations were somewhere else, as it was there. */
export function projectIn(files: Files, project: Project, moved: EarlierProjects["moved"] | undefined): Project {
  const earlier = moved?.get(project.name);
  return earlier === undefined || isIn(files, project) || !isIn(files, earlier) ? project : earlier;
}

/** Whether a tree holds any migration where a project has its own. */
const isIn = (files: Files, { migrations }: Project): boolean => migrations.some((path) => files.list(path).length > 0);

/**
 * What is wrong about a project that is gone; nothing where it had no revision.
 * @param severity of a project that was checked before, or only may have been
 */
export function judgeGone(
  project: Project,
  files: Files,
  severity: "error" | "warning",
  context: { readonly exemptions: readonly Exemption[]; readonly today: string },
): Finding | undefined {
  const { revisions } = historyAt(files, toolNamed(project.tool), project);
  if (revisions.length === 0) return undefined;
  const [first] = project.migrations;
  const finding = {
    ruleId: "project-gone",
    title: "A project of the base branch is gone",
    message: `${project.name} (${project.tool} in ${project.migrations.join(", ")}) has ${revisions.length} ${
      revisions.length === 1 ? "revision" : "revisions"
    } in the merge base, and this change leaves no such project: nothing checks its migrations any more.`,
  };
  const exempt = revisions.map(({ file }) => exemptionFor(file, context));
  const [exemption] = exempt;
  if (exemption !== undefined && exempt.every((one) => one !== undefined && one.whyNot === undefined))
    return {
      ...finding,
      severity: "info",
      message: `${finding.message} headgate.yml accepts it until ${exemption.expires}: ${exemption.reason}`,
    };
  return {
    ...finding,
    severity,
    help: [
      "Restore it, or say in headgate.yml where it is now.",
      "If it is meant to go, say so on the base branch first:",
      `  history-exemptions:\n    - files: ${JSON.stringify(`${first ?? "."}/**`)}\n      reason: …\n      expires: …`,
    ].join("\n"),
  };
}
