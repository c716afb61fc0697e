import { relative } from "node:path";
import { readConfiguration, type Configuration } from "./config.ts";
import type { EngineName } from "./engines/engine.ts";
import { serverPool } from "./engines/server-pool.ts";
import { UsageError } from "./errors.ts";
import { commitTree } from "./files/commit-tree.ts";
import { repositoryRoot, workingTree } from "./files/working-tree.ts";
import { gateProject, type BaseTrees } from "./gate-project.ts";
import { findBase } from "./git/merge-base.ts";
import { selectProjects } from "./select-projects.ts";
import { tools } from "./tools/registry.ts";
import type { ToolName } from "./tools/tool.ts";
import type { ProjectVerdict, Verdict } from "./verdict.ts";
import { version } from "./version.ts";

/** What to gate, and how. Everything but the directory has a default; the command line and the action both end here. */
export interface GateOptions {
  /** The repository, or a directory in it: then only the projects below it are gated. */
  readonly directory: string;
  /** The configuration file; absent: the first of `configurationPaths`. */
  readonly configFile?: string;
  /** Only the project of this name. */
  readonly project?: string;
  /** Only projects of this tool. */
  readonly tool?: ToolName;
  /** Default `auto`: Testcontainers where a Docker engine answers, else embedded. */
  readonly engine?: EngineName | "auto";
  readonly postgres?: string;
  readonly image?: string;
  readonly databaseUrl?: string;
  readonly allowNonEmpty?: boolean;
  /** Revisions that are not in the merge base with this git ref are new. Default: the repository's default branch. */
  readonly base?: string;
  /** Which revisions go up, down and up again. Default `new`. */
  readonly replay?: "new" | "all";
  /** The lightest finding that fails the gate. Default `error`. */
  readonly failOn?: "error" | "warning";
  /** How long one step may take. Default: 10 minutes. */
  readonly timeLimitMs?: number;
  /** The environment that the project's tools inherit, secrets removed. */
  readonly environment: NodeJS.ProcessEnv;
  /** Called with a short line whenever something new begins. */
  readonly onProgress?: (step: string) => void;
}

/**
 * The whole gate: finds the projects, replays each on a disposable PostgreSQL, and gives the verdict.
 * @throws UsageError and ConfigurationError when there is nothing sound to start from
 */
export async function runGate(options: GateOptions): Promise<Verdict> {
  const root = repositoryRoot(options.directory);
  const files = workingTree(root);
  const configuration = withOptions(readConfiguration(files, configPath(root, options.configFile)), options);
  const projects = selectProjects(files, configuration, tools, {
    directory: toPath(relative(root, options.directory)),
    ...(options.project === undefined ? {} : { project: options.project }),
    ...(options.tool === undefined ? {} : { tool: options.tool }),
  });
  const base = findBase(root, configuration.base);
  const trees: BaseTrees | undefined =
    base.kind === "commit"
      ? {
          mergeBase: commitTree(root, base.commit),
          ref: base.ref,
          ...(base.tip === base.commit ? {} : { tip: commitTree(root, base.tip) }),
        }
      : undefined;

  await using servers = serverPool(configuration.engine, {
    ...(options.databaseUrl === undefined ? {} : { databaseUrl: options.databaseUrl }),
    ...(options.allowNonEmpty === undefined ? {} : { allowNonEmpty: options.allowNonEmpty }),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  });
  const verdicts: ProjectVerdict[] = [];
  for (const project of projects)
    verdicts.push(
      await gateProject(project, {
        root,
        files,
        ...(trees === undefined ? {} : { base: trees }),
        configuration,
        servers,
        environment: options.environment,
        onProgress: (step) => options.onProgress?.(projects.length > 1 ? `${project.name}: ${step}` : step),
      }),
    );
  return {
    schemaVersion: 1,
    headgate: version,
    verdict: decide(verdicts, configuration["fail-on"]),
    ...(base.kind === "commit" ? { base: base.commit } : {}),
    projects: verdicts,
  };
}

/** `failed` outweighs `errored`: what is known to be wrong is said even where something else could not be checked. */
function decide(projects: readonly ProjectVerdict[], failOn: "error" | "warning"): Verdict["verdict"] {
  const fails = projects.some(
    ({ checks, findings }) =>
      checks.some(({ status }) => status === "failed") ||
      findings.some(({ severity }) => severity === "error" || severity === failOn),
  );
  if (fails) return "failed";
  return projects.some(({ checks }) => checks.some(({ status }) => status === "errored")) ? "errored" : "passed";
}

/** What was said on the command line or to the action wins over the file. */
function withOptions(configuration: Configuration, options: GateOptions): Configuration {
  if (options.databaseUrl !== undefined && options.engine !== undefined && options.engine !== "url")
    throw new UsageError(`--database-url needs the engine url, not ${options.engine}.`);
  if (options.engine === "url" && options.databaseUrl === undefined)
    throw new UsageError("The engine url needs --database-url with a disposable database.");
  const engine = options.engine ?? (options.databaseUrl === undefined ? configuration.engine : "url");
  return {
    ...configuration,
    engine,
    ...(options.postgres === undefined ? {} : { postgres: options.postgres }),
    ...(options.image === undefined ? {} : { image: options.image }),
    ...(options.base === undefined ? {} : { base: options.base }),
    ...(options.replay === undefined ? {} : { replay: options.replay }),
    ...(options.failOn === undefined ? {} : { "fail-on": options.failOn }),
    ...(options.timeLimitMs === undefined ? {} : { "time-limit": options.timeLimitMs }),
  };
}

function configPath(root: string, configFile: string | undefined): string | undefined {
  if (configFile === undefined) return undefined;
  const path = toPath(relative(root, configFile));
  if (path.startsWith("../")) throw new UsageError(`The configuration file ${configFile} is outside the repository.`);
  return path;
}

const toPath = (path: string): string => path.replaceAll("\\", "/") || ".";
