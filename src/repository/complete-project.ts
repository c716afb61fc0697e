import { posix } from "node:path";
import { ConfigurationError } from "../errors.ts";
import { type Files, isWithin } from "../files.ts";
import { optional } from "../optional.ts";
import type { Project } from "../project.ts";
import type { DetectedProject, Tool } from "../tools/tool.ts";
import type { AbsentProject } from "./absent-project.ts";
import { whyLeftOut } from "./left-out.ts";
import type { ProjectConfiguration } from "./project-schema.ts";

/** What a tool calls the section, or the context, that need not be named. */
const unnamedSection: Readonly<Partial<Record<DetectedProject["tool"], string>>> = {
  alembic: "alembic",
  "mikro-orm": "default",
};

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
      isIn(candidate, configured.directory) &&
      (configured.config === undefined || candidate.configFile === configured.config) &&
      (configured.section === undefined ||
        (candidate.section ?? unnamedSection[candidate.tool]) === configured.section) &&
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

/** What is named is where it is run, and not only where to look for it, or for its configuration. */
const isRunIn = ({ directory }: DetectedProject, place: string): boolean =>
  place !== "." && (directory === place || isWithin(directory, place));

/** It is run there or below, or its configuration is there and it is run above. */
const isIn = ({ directory, configFile }: DetectedProject, place: string): boolean =>
  directory === place ||
  isWithin(directory, place) ||
  (configFile !== undefined && posix.dirname(configFile) === place);

const describeCandidate = ({ tool, directory, section, layout }: DetectedProject): string =>
  `${tool} in ${directory}${section ? ` (section ${section})` : ""}${layout ? ` (${layout})` : ""}`;

/** A detected project, with what the configuration says of it. */
export function projectOf(detected: DetectedProject, configured: ProjectConfiguration | undefined): Project {
  const { start, foreign = [] } = configured ?? {};
  const section = detected.section ?? configured?.section;
  return {
    name: configured?.name ?? detected.section ?? defaultName(configured?.directory ?? detected.directory),
    tool: detected.tool,
    directory: configured && isRunIn(detected, configured.directory) ? configured.directory : detected.directory,
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
    ...optional("section", section === unnamedSection[detected.tool] ? undefined : section),
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
