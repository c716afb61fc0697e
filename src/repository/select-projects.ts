import type { AbsentProject } from "./absent-project.ts";
import { completeProject, defaultName, projectOf } from "./complete-project.ts";
import type { Configuration } from "./configuration.ts";
import type { ProjectConfiguration } from "./project-schema.ts";
import { ConfigurationError, UsageError } from "../errors.ts";
import { type Files, isWithin } from "../files.ts";
import { type LeftOutProject, whyLeftOut } from "./left-out.ts";
import type { Project } from "../project.ts";
import { withUniqueNames } from "./unique-names.ts";
import type { DetectedProject, Tool, ToolName } from "../tools/tool.ts";
import { listed } from "../prose.ts";

/** What the command line says about which projects to look at. */
export interface ProjectSelection {
  /** Only the project of this name. */
  readonly project?: string;
  /** Only projects of this tool. */
  readonly tool?: ToolName;
  /** Only projects in this directory or below, relative to the repository root; `.` for all. */
  readonly directory: string;
}

/** The projects that are there, and those that should be. */
export interface SelectedProjects {
  readonly projects: readonly Project[];
  readonly absent: readonly AbsentProject[];
  /** Those that detection found and that are not taken, because others are. */
  readonly leftOut: readonly LeftOutProject[];
}

/**
 * The projects to check: those of `headgate.yml`, completed by detection, or else all that detection finds.
 * @throws ConfigurationError when there are none, or when a configured one is not there or cannot be completed
 * @throws UsageError when the selection names a project that does not exist
 */
export function selectProjects(...asked: Parameters<typeof findProjects>): readonly Project[] {
  const { projects, absent } = findProjects(...asked);
  if (absent[0]) throw absent[0].error;
  return projects;
}

/**
 * The same, for who knows what was there before.
 * @throws ConfigurationError when a configured one cannot be completed, or none is what was selected
 */
export function findProjects(
  files: Files,
  configuration: Configuration,
  tools: readonly Tool[],
  selection: ProjectSelection,
): SelectedProjects {
  const asked = selection.tool === undefined ? tools : tools.filter(({ name }) => name === selection.tool);
  const found = configuration.projects ? completeAll(configuration.projects, files, tools) : detectAll(files, asked);
  const { projects: all, absent: missing } = found;
  const named = withUniqueNames(all);
  const absent = missing.filter(({ configured }) => configured === undefined || isAsked(configured, selection));
  const isWanted = (project: Project) =>
    (selection.tool === undefined || project.tool === selection.tool) &&
    isSelected(project, selection.directory) &&
    (selection.project === undefined || project.name === selection.project);
  const selected = named.filter(isWanted);
  const leftOut = found.leftOut.filter(({ project }) => isWanted(project));
  if (selected.length > 0 || absent.length > 0) return { projects: selected, absent, leftOut };
  // Who has nothing else, or asks for it, has it checked.
  if (leftOut.length > 0) return { projects: leftOut.map(({ project }) => project), absent, leftOut: [] };
  if (selection.project !== undefined) {
    const error = new UsageError(
      `There is no project named ${selection.project}${where(selection)}. ${
        named.length === 0 ? "No project was found at all." : `There is ${listed(named.map(({ name }) => name))}.`
      }`,
    );
    return { projects: [], absent: [{ error, is: ({ name }) => name === selection.project }], leftOut };
  }
  const elsewhere =
    named.length > 0
      ? ` There is ${listed(named.map(({ directory, tool }) => `${tool} in ${directory === "." ? "its root" : directory}`))}.`
      : "";
  const error = new ConfigurationError(
    `No migrations were found${where(selection)}. Headgate looked for ${asked.map(({ title }) => title).join(", ")}.${elsewhere} ` +
      `Run it in the repository that holds them, or name the directory and the tool in headgate.yml.`,
  );
  if (named.length > 0) throw error;
  return { projects: [], absent: [{ error, is: () => true }], leftOut };
}

const where = ({ directory }: ProjectSelection): string =>
  directory === "." ? " in this repository" : ` in ${directory}`;

const isAsked = ({ name, directory, tool }: ProjectConfiguration, selection: ProjectSelection): boolean =>
  (selection.tool === undefined || tool === undefined || tool === selection.tool) &&
  (selection.project === undefined || (name ?? defaultName(directory)) === selection.project) &&
  (isWithin(directory, selection.directory) || isWithin(selection.directory, directory));

/** Whether a project, or some of its migrations, are in a directory, or the directory is one of its migrations. */
const isSelected = ({ directory, migrations }: Project, selected: string): boolean =>
  isWithin(directory, selected) ||
  migrations.some((path) => isWithin(path, selected) || (path !== "." && isWithin(selected, path)));

/** Directories that an earlier tool owns are not offered to a later one: MikroORM projects hold `.sql` seeds, for example. */
function detectAll(files: Files, tools: readonly Tool[]): SelectedProjects {
  const found: DetectedProject[] = [];
  for (const tool of tools)
    for (const candidate of tool.detect(files)) {
      const taken = found.some(
        (other) =>
          other.tool !== candidate.tool &&
          other.migrations.some((theirs) => candidate.migrations.some((ours) => isWithin(ours, theirs))),
      );
      if (!taken) found.push(candidate);
    }
  const filled = found.map((detected) => ({
    detected,
    project: projectOf(detected, undefined),
    reason: whyLeftOut(detected),
  }));
  return {
    projects: filled.filter(({ reason }) => reason === undefined).map(({ project }) => project),
    absent: [],
    leftOut: filled.flatMap(({ detected, project, reason }) => {
      const ini = detected.leftOut === undefined ? undefined : detected.configFile;
      const name = ini ?? detected.migrations[0];
      return reason === undefined ? [] : [{ project: { ...project, name: name ?? detected.directory }, reason }];
    }),
  };
}

function completeAll(
  configured: readonly ProjectConfiguration[],
  files: Files,
  tools: readonly Tool[],
): SelectedProjects {
  const completed = configured.map((one) => completeProject(one, files, tools));
  return {
    projects: completed.filter((one): one is Project => !("error" in one)),
    absent: completed.filter((one): one is AbsentProject => "error" in one),
    leftOut: [],
  };
}
