import type { Configuration } from "./configuration.ts";
import type { ProjectConfiguration } from "./project-schema.ts";
import { ConfigurationError, UsageError } from "../errors.ts";
import type { Files } from "../files.ts";
import { type LeftOutProject, whyLeftOut } from "./left-out.ts";
import type { Project } from "../project.ts";
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

/** What was asked for and is not there. */
export interface AbsentProject {
  /** What has to be said where it never was. */
  readonly error: ConfigurationError | UsageError;
  /** Where the configuration says that it is. */
  readonly configured?: ProjectConfiguration;
  /** Whether a project that was there before is this one. */
  is(project: Project): boolean;
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

const isWithin = (path: string, directory: string): boolean =>
  directory === "." || path === directory || path.startsWith(`${directory}/`);

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
    project: fill(detected, undefined),
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
  const completed = configured.map((one) => complete(one, files, tools));
  return {
    projects: completed.filter((one): one is Project => !("error" in one)),
    absent: completed.filter((one): one is AbsentProject => "error" in one),
    leftOut: [],
  };
}

function complete(configured: ProjectConfiguration, files: Files, tools: readonly Tool[]): Project | AbsentProject {
  const candidates = tools
    .filter(({ name }) => configured.tool === undefined || name === configured.tool)
    .flatMap((tool) => tool.detect(files));
  const label = configured.name ?? configured.directory;
  const matching = candidates.filter(
    (candidate) =>
      (candidate.directory === configured.directory || isWithin(candidate.directory, configured.directory)) &&
      (configured.config === undefined || candidate.configFile === configured.config) &&
      (configured.section === undefined || candidate.section === configured.section) &&
      (configured.migrations === undefined ||
        configured.migrations.every((path) => candidate.migrations.includes(path))),
  );
  const usual = matching.filter((candidate) => whyLeftOut(candidate) === undefined);
  const fitting = usual.length > 0 ? usual : matching;
  const exact = fitting.filter(({ directory }) => directory === configured.directory);
  const [detected, another] = exact.length > 0 ? exact : fitting;
  if (detected && another === undefined) return fill(detected, configured);
  if (detected && another && configured.tool !== undefined && (configured.migrations || configured.config))
    return fill(detected, configured);
  if (detected && another)
    throw new ConfigurationError(
      `The project ${label} in the configuration fits several: ${[...new Set(fitting.map(describeCandidate))].join(", ")}. ` +
        "Add `tool`, `config`, `section` or `migrations` to say which.",
    );
  if (configured.tool !== undefined && (configured.migrations !== undefined || configured.config !== undefined))
    return fill(
      { tool: configured.tool, directory: configured.directory, migrations: configured.migrations ?? [] },
      configured,
    );
  const error = new ConfigurationError(
    `The project ${label} in the configuration was not found: no migrations of ${
      configured.tool ?? "a known tool"
    } are in ${configured.directory}. Add \`tool\` and \`migrations\`, or correct \`directory\`.`,
  );
  const { name, directory } = configured;
  return {
    error,
    configured,
    is: (project) => (name === undefined ? project.directory === directory : project.name === name),
  };
}

const describeCandidate = ({ tool, directory, section, layout }: DetectedProject): string =>
  `${tool} in ${directory}${section ? ` (section ${section})` : ""}${layout ? ` (${layout})` : ""}`;

function fill(detected: DetectedProject, configured: ProjectConfiguration | undefined): Project {
  const configFile = configured?.config ?? detected.configFile;
  const section = configured?.section ?? detected.section;
  const layout = configured?.layout ?? detected.layout;
  const database = configured?.database ?? detected.database;
  return {
    name: configured?.name ?? detected.section ?? defaultName(configured?.directory ?? detected.directory),
    tool: detected.tool,
    directory: configured && configured.directory !== "." ? configured.directory : detected.directory,
    migrations: configured?.migrations ?? detected.migrations,
    environment: configured?.environment ?? {},
    prelude: configured?.prelude ?? [],
    oneWay: configured?.["one-way"] ?? {},
    ...(configured?.samples === undefined ? {} : { samples: configured.samples }),
    ...(configured === undefined ? {} : { heads: configured.heads }),
    ...(configured === undefined || configured.foreign.length === 0 ? {} : { foreign: configured.foreign }),
    ...(configured?.paths === undefined ? {} : { paths: configured.paths }),
    ...(configured?.limits === undefined ? {} : { limits: configured.limits }),
    ...(configured?.targets === undefined ? {} : { targets: configured.targets }),
    ...(configured?.["version-table"] === undefined ? {} : { versionTable: configured["version-table"] }),
    allowEmpty: configured?.["allow-empty"] ?? false,
    ...(configFile === undefined ? {} : { configFile }),
    ...(section === undefined ? {} : { section }),
    ...(layout === undefined ? {} : { layout }),
    ...(database === undefined ? {} : { database }),
    ...(configured?.interpreter === undefined ? {} : { interpreter: configured.interpreter }),
    ...(configured?.start === undefined
      ? {}
      : {
          start: {
            dump: configured.start.dump,
            ...(configured.start.revision === undefined ? {} : { revision: configured.start.revision }),
          },
        }),
    ...(configured?.postgres === undefined ? {} : { postgres: configured.postgres }),
    ...(configured?.image === undefined ? {} : { image: configured.image }),
  };
}

const defaultName = (directory: string): string =>
  directory === "." ? "app" : (directory.split("/").at(-1) as string);

/** Gives every project a name of its own: the first of its own ones that it shares with no other, or one with a number. */
function withUniqueNames(projects: readonly Project[]): readonly Project[] {
  const ways: readonly ((project: Project) => string)[] = [
    ({ name }) => name,
    ({ directory, tool }) => (directory === "." ? tool : directory),
    ({ migrations, name }) => migrations[0] ?? name,
  ];
  const seen = new Map<string, number>();
  return projects.map((project) => {
    const isOwn = (way: (one: Project) => string) =>
      projects.filter((other) => way(other) === way(project)).length === 1;
    const wanted = (ways.find(isOwn) ?? (ways[1] as (typeof ways)[number]))(project);
    const times = (seen.get(wanted) ?? 0) + 1;
    seen.set(wanted, times);
    return { ...project, name: times === 1 ? wanted : `${wanted}-${times}` };
  });
}
