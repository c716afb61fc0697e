import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Files } from "../files.ts";
import type { Project } from "../project.ts";
import { toolNamed } from "../tools/registry.ts";
import { childEnvironment } from "./child-environment.ts";
import { startDriver, type DriverProcess } from "./driver-process.ts";
import { loadProject } from "./driver-session.ts";
import { launch, type Runtime } from "./elsewhere.ts";
import { findNode } from "./node-interpreter.ts";
import { findPython } from "./python-interpreter.ts";
import type { DatabaseConnection } from "../database-connection.ts";
import type { Session } from "./session.ts";
import { usualSeed } from "./other-variables.ts";
import { openSqlSession } from "./sql-session.ts";
import { withinLimit } from "./within-limit.ts";

/** Whose migrations, and where. */
export interface SessionOptions {
  /** Absolute path of the repository root. */
  readonly root: string;
  readonly files: Files;
  readonly project: Project;
  /** Absent when only the history is wanted. */
  readonly connection?: DatabaseConnection;
  /** What the project's runtime inherits, secrets removed. */
  readonly environment: NodeJS.ProcessEnv;
  /** How long loading the project may take, in milliseconds. */
  readonly timeLimitMs: number;
  /** SQL files only; see `SqlSessionOptions`. */
  readonly joins?: (sql: string) => boolean;
  /** Variables that this process gets in place of the usual ones, and what else it is told; see `otherVariables`. */
  readonly variables?: ReadonlyMap<string, string>;
  /** The process, where it was started ahead. Default: one is started. */
  readonly driver?: ComingDriver;
}

/** The process that is to run a project's tool, on its way up. Disposing it ends it, unless somebody took it. */
export interface ComingDriver extends AsyncDisposable {
  /** It is the caller's from now on. @throws ToolError and ConfigurationError when it could not be started */
  take(): Promise<DriverProcess>;
}

/**
 * Starts the process that runs the project's tool, which takes about as long to load as a server to start. It loads nothing
 * of the project yet, and its environment leads to no database. None where a tool needs none.
 */
export function startComingDriver(
  options: Omit<SessionOptions, "connection" | "joins" | "driver">,
): ComingDriver | undefined {
  const { root, project } = options;
  const runner = toolNamed(project.tool).runner(project);
  if (runner.kind === "sql") return undefined;
  const directory = join(root, project.directory);
  const start = async () => {
    const { command } = await interpreterFor(runner.runtime, options);
    const { launcher, variables } = launch(runner.runtime, options.variables ?? new Map());
    return startDriver([...command, ...launcher, fileURLToPath(runner.driver)], {
      directory,
      environment: { ...processEnvironment(options), ...variables },
    });
  };
  const starting = start();
  // Whoever takes it is told.
  starting.catch(() => {});
  let taken = false;
  return {
    take() {
      taken = true;
      return starting;
    },
    async [Symbol.asyncDispose]() {
      if (taken) return;
      const driver = await starting.catch(() => undefined);
      driver?.kill();
      await driver?.close();
    },
  };
}

/** The Python or Node that runs a project's tool; none where Headgate runs it. @throws ToolError when none can */
export async function interpreterOf(
  options: Pick<SessionOptions, "root" | "project" | "environment">,
): Promise<string | undefined> {
  const runner = toolNamed(options.project.tool).runner(options.project);
  return runner.kind === "sql" ? undefined : (await interpreterFor(runner.runtime, options)).command[0];
}

const interpreterFor = (
  runtime: Runtime,
  { root, project, environment }: Pick<SessionOptions, "root" | "project" | "environment">,
) =>
  (runtime === "python" ? findPython : findNode)(root, join(root, project.directory), project.interpreter, environment);

/**
 * Loads the project's tool and connects it to the database.
 * @throws ToolError when the tool or its runtime is missing, does not load, or takes too long to
 * @throws ConfigurationError when a file of the project is at fault
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { root, files, project, connection, joins } = options;
  const runner = toolNamed(project.tool).runner(project);
  const coming = options.driver ?? startComingDriver(options);
  if (runner.kind === "sql" || coming === undefined)
    return openSqlSession({ files, project, ...(connection ? { connection } : {}), ...(joins ? { joins } : {}) });
  const driver = await coming.take();
  return withinLimit(`Loading the project ${project.name}`, options.timeLimitMs, driver.kill, () =>
    loadProject(driver, {
      repository: root,
      directory: join(root, project.directory),
      settings: runner.settings,
      rendersOffline: runner.rendersOffline ?? false,
      runsTogether: runner.runsTogether ?? false,
      holdsRuns: runner.holdsRuns ?? false,
      atOnce: runner.atOnce,
      ...(connection ? { connection, variables: leadingTo(connection, options) } : {}),
    }),
  );
}

/** What of the environment leads to a database, in place of what led to none. */
function leadingTo(connection: DatabaseConnection, options: SessionOptions): Readonly<Record<string, string>> {
  const { environment, project, variables } = options;
  const nowhere = processEnvironment({ environment, project });
  return Object.fromEntries(
    Object.entries(processEnvironment({ environment, project, connection })).filter(
      ([name, value]) => nowhere[name] !== value && !variables?.has(name),
    ),
  );
}

/** All the variables that the project's tool usually gets. */
export function processEnvironment({
  environment,
  connection,
  project,
}: Pick<SessionOptions, "environment" | "connection" | "project">): Readonly<Record<string, string>> {
  return { ...childEnvironment(environment, connection, { PYTHONHASHSEED: usualSeed, ...project.environment }) };
}
