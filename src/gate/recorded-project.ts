import type pg from "pg";
import type { DatabaseLocale } from "../engines/database-locale.ts";
import type { PostgresServer } from "../engines/engine.ts";
import { ownConnection } from "../engines/own-connection.ts";
import { createWorkDatabase, type WorkDatabase } from "../engines/work-database.ts";
import { type Files, looseText } from "../files.ts";
import { optional } from "../optional.ts";
import { outsideTransactionOf } from "./history-inputs.ts";
import type { Project } from "../project.ts";
import { preparationStep } from "../replay/statement-roles.ts";
import { runPrelude } from "../replay/prelude.ts";
import { openStage } from "../replay/open-stage.ts";
import type { Stage } from "../replay/stage.ts";
import type { OtherProcesses } from "../replay/surroundings.ts";
import type { Repository } from "../repository/repository.ts";
import { openSession, processEnvironment, type ComingDriver, type SessionOptions } from "../sessions/open-session.ts";
import { otherVariables } from "../sessions/other-variables.ts";
import type { Session } from "../sessions/session.ts";
import { withinLimit } from "../sessions/within-limit.ts";
import { toolNamed } from "../tools/registry.ts";
import { databasesMade } from "../sql/databases-made.ts";
import { startProxy } from "../wire/proxy.ts";
import { createRecorder, type Recorder } from "../wire/recorder.ts";

/** A project's tool on a work database, and between the two somebody who takes down what is sent. */
export interface RecordedProject extends AsyncDisposable {
  readonly database: WorkDatabase;
  readonly recorder: Recorder;
  readonly session: Session;
  readonly stage: Stage;
  /** Where the tool finds the database. */
  readonly port: number;
  /**
   * Has the tool make its version table, and takes down what it sends for that: it shows what the tool says of a session when no
   * migration runs. Gives the names of the tables, without their schema.
   */
  prepare(): Promise<readonly string[]>;
  /** Runs what the project's own code does under the time limit. @throws ToolError naming `what` when it was reached */
  limited<Result>(what: string, action: () => Promise<Result>): Promise<Result>;
}

/** What a project is opened with. */
export interface RecordedProjectOptions {
  /** What the project's runtime inherits, secrets removed. */
  readonly environment: NodeJS.ProcessEnv;
  readonly onProgress: (step: string) => void;
  /** How the work database shall treat text, where the server can. */
  readonly locale?: DatabaseLocale;
  /** Makes what else shall be there before the first migration, around what the project says itself. */
  readonly furnish?: (client: pg.Client, prelude: () => Promise<void>) => Promise<void>;
  /** The process for the project's tool, where it was started ahead. */
  readonly driver?: ComingDriver;
  /** SQL files only; see `SqlSessionOptions`. */
  readonly joins?: (sql: string) => boolean;
}

/** The same tool in processes of other variables; none where it has no process. */
function otherProcesses(options: SessionOptions): OtherProcesses | undefined {
  const { project } = options;
  const runner = toolNamed(project.tool).runner(project);
  if (runner.kind === "sql") return undefined;
  return {
    variables: (sources) =>
      otherVariables({
        runtime: runner.runtime,
        environment: processEnvironment(options),
        configured: new Set(Object.keys(project.environment)),
        sources,
        now: new Date(),
      }),
    open: (variables) => openSession({ ...options, variables }),
  };
}

/**
 * Makes the work database, runs what comes before the first migration, and loads the project's tool on it.
 * @throws EngineError, ToolError and ConfigurationError
 */
export async function openRecordedProject(
  project: Project,
  repository: Pick<Repository, "root" | "files" | "configuration">,
  server: PostgresServer,
  { environment, onProgress, locale, furnish, driver, joins }: RecordedProjectOptions,
): Promise<RecordedProject> {
  const { root, files, configuration } = repository;
  const timeLimitMs = configuration["time-limit"];
  await using opening = new AsyncDisposableStack();
  // Its parser is loaded while the database is made.
  const coming = createRecorder({ connection: (name) => ownConnection(server, name), labelledOnly: true });
  // Whoever awaits it is told.
  coming.catch(() => {});
  const database = opening.use(await createWorkDatabase(server, project.database ?? "headgate", locale));
  if (furnish !== undefined || project.prelude.length > 0 || project.start)
    await database.withClient((client) => {
      const prelude = () => runPrelude(client, files, project);
      return furnish === undefined ? prelude() : furnish(client, prelude);
    });
  const recorder = await coming;
  database.expectDatabases(() => databasesMade(recorder.recording().statements));
  const wire = opening.use(await startProxy({ server: database.connection, recorder }));
  onProgress(`loading ${project.tool}`);
  const options: SessionOptions = {
    root,
    files,
    environment,
    project,
    connection: { ...database.connection, host: wire.host, port: wire.port },
    timeLimitMs,
    ...optional("joins", joins),
  };
  const session = opening.use(await openSession({ ...options, ...optional("driver", driver) }));
  const words = { ownText: () => textBelow(files, project.migrations), ...outsideTransactionOf(files, project) };
  const stage = opening.use(openStage(session, database, recorder, timeLimitMs, words, otherProcesses(options)));
  const opened = opening.move();
  const limited: RecordedProject["limited"] = (what, action) =>
    withinLimit(what, timeLimitMs, () => session.kill(), action);
  return {
    database,
    recorder,
    session,
    stage,
    port: wire.port,
    limited,
    async prepare() {
      recorder.label(preparationStep);
      const versionTables = await limited("Preparing the version table", () => session.prepare());
      recorder.label(undefined);
      stage.expectRecord(versionTables);
      // What follows begins as it does on a target, and without questions of ours where it has none of its own.
      await session.release();
      return versionTables;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** All that is written in these directories. */
const textBelow = (files: Files, directories: readonly string[]): string =>
  directories
    .flatMap((directory) => files.list(directory))
    .map((path) => looseText(files, path))
    .join("\n");
