import { ConfigurationError } from "../errors.ts";
import { type Files, isWithin } from "../files.ts";
import { optional } from "../optional.ts";
import type { Project } from "../project.ts";
import type { DetectedProject, Tool } from "../tools/tool.ts";
import type { AbsentProject } from "./absent-project.ts";
import { whyLeftOut } from "./left-out.ts";
import type { ProjectConfiguration } from "./project-schema.ts";

/**
 * A configured project, with what detection finds out about it.
 * @throws ConfigurationError when it fits several
 */
export function completeProject(
  configured: ProjectConfiguration,
  files: Files,
  tools: readonly Tool[],
): Project | AbsentProject {
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
  const saysEnough = (configured.migrations ?? configured.config) !== undefined;
  if (detected && (another === undefined || (configured.tool !== undefined && saysEnough)))
    return projectOf(detected, configured);
  if (detected)
    throw new ConfigurationError(
      `The project ${label} in the configuration fits several: ${[...new Set(fitting.map(describeCandidate))].join(", ")}. ` +
        "Add `tool`, `config`, `section` or `migrations` to say which.",
    );
  if (configured.tool !== undefined && saysEnough)
    return projectOf(
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

/** A detected project, with what the configuration says of it. */
export function projectOf(detected: DetectedProject, configured: ProjectConfiguration | undefined): Project {
  const { start, foreign = [] } = configured ?? {};
  return {
    name: configured?.name ?? detected.section ?? defaultName(configured?.directory ?? detected.directory),
    tool: detected.tool,
    directory: configured && configured.directory !== "." ? configured.directory : detected.directory,
    migrations: configured?.migrations ?? detected.migrations,
    environment: configured?.environment ?? {},
    prelude: configured?.prelude ?? [],
    oneWay: configured?.["one-way"] ?? {},
    allowEmpty: configured?.["allow-empty"] ?? false,
    ...optional("samples", configured?.samples),
    ...optional("heads", configured?.heads),
    ...optional("foreign", foreign.length === 0 ? undefined : foreign),
    ...optional("paths", configured?.paths),
    ...optional("limits", configured?.limits),
    ...optional("targets", configured?.targets),
    ...optional("versionTable", configured?.["version-table"]),
    ...optional("configFile", configured?.config ?? detected.configFile),
    ...optional("section", configured?.section ?? detected.section),
    ...optional("layout", configured?.layout ?? detected.layout),
    ...optional("database", configured?.database ?? detected.database),
    ...optional("interpreter", configured?.interpreter),
    ...optional("start", start && { dump: start.dump, ...optional("revision", start.revision) }),
    ...optional("postgres", configured?.postgres),
    ...optional("image", configured?.image),
  };
}

/** What a project is called that nobody has named. */
export const defaultName = (directory: string): string =>
  directory === "." ? "app" : (directory.split("/").at(-1) as string);
