import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Files } from "../files.ts";
import type { Project } from "../project.ts";
import { toolNamed } from "../tools/registry.ts";
import { childEnvironment } from "./child-environment.ts";
import { openDriverSession } from "./driver-session.ts";
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
  /** Variables that this process gets in place of the usual ones. */
  readonly variables?: ReadonlyMap<string, string>;
}

/**
 * Loads the project's tool and connects it to the database.
 * @throws ToolError when the tool or its runtime is missing, does not load, or takes too long to
 * @throws ConfigurationError when a file of the project is at fault
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { root, files, project, connection, joins } = options;
  const runner = toolNamed(project.tool).runner(project);
  if (runner.kind === "sql")
    return openSqlSession({ files, project, ...(connection ? { connection } : {}), ...(joins ? { joins } : {}) });
  const directory = join(root, project.directory);
  const find = runner.runtime === "python" ? findPython : findNode;
  const environment = {
    ...processEnvironment(options),
    ...Object.fromEntries(options.variables ?? []),
  };
  const interpreter = await find(root, directory, project.interpreter, options.environment);
  let kill = () => {};
  return withinLimit(
    `Loading the project ${project.name}`,
    options.timeLimitMs,
    () => kill(),
    () =>
      openDriverSession({
        command: [...interpreter.command, fileURLToPath(runner.driver)],
        environment,
        repository: root,
        directory,
        settings: runner.settings,
        rendersOffline: runner.rendersOffline ?? false,
        runsTogether: runner.runsTogether ?? false,
        atOnce: runner.atOnce,
        ...(connection ? { connection } : {}),
        onStart: (end) => {
          kill = end;
        },
      }),
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
