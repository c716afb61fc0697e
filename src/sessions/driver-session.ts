import { performance } from "node:perf_hooks";
import { ToolError } from "../errors.ts";
import type { History } from "../history.ts";
import { DriverEnded, startDriver, type DriverProcess } from "./driver-process.ts";
import { driverDialogue } from "./driver-dialogue.ts";
import type { DriverGreeting } from "./driver-protocol.ts";
import { redact } from "./redact.ts";
import type { DatabaseConnection } from "../database-connection.ts";
import type { AtOnceManner } from "../tools/at-once.ts";
import type { HeldOutcome, Imports, OfflineScripts, Session, StatementPlace, StepOutcome } from "./session.ts";

/** What to load, where, and against which database. */
export interface DriverProject {
  /** Variables that the driver's process is to have from now on, beside those that it began with. Default: none. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Absolute path of the repository root. */
  readonly repository: string;
  /** Absolute path of the directory the driver runs in. */
  readonly directory: string;
  /** Handed to the driver as they are; plain JSON. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Whether the driver knows `offline`. Default: false. */
  readonly rendersOffline?: boolean;
  /** Whether several steps can share one run of the tool. */
  readonly runsTogether?: boolean;
  /** Whether a run of the tool can stay open for the next step. */
  readonly holdsRuns?: boolean;
  /** How the tool's own command applies several pending revisions, where the project's set-up has it do so. */
  readonly atOnce?: AtOnceManner;
  /** Absent when only the history is wanted. */
  readonly connection?: DatabaseConnection;
}

/** The same, and what to run. */
export interface DriverOptions extends DriverProject {
  /** The driver and its interpreter, as an argument list. */
  readonly command: readonly string[];
  /** All the variables the driver gets: what `childEnvironment` returns. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A session whose steps a driver runs in the project's own runtime. */
export type DriverSession = Session & { readonly greeting: DriverGreeting };

/**
 * Starts a driver and has it load the project.
 * @throws ToolError when it cannot be started, dies, or lacks something
 * @throws ConfigurationError when a file of the project is at fault; the message begins with the file
 */
export async function openDriverSession(options: DriverOptions): Promise<DriverSession> {
  const { command, directory, environment } = options;
  return loadProject(await startDriver(command, { directory, environment }), options);
}

/**
 * Has a driver that runs already load the project. It ends with the session, and when it cannot.
 * @throws ToolError when it dies, or lacks something
 * @throws ConfigurationError when a file of the project is at fault; the message begins with the file
 */
export async function loadProject(driver: DriverProcess, options: DriverProject): Promise<DriverSession> {
  const { repository, directory, settings, variables, connection } = options;
  const secrets = connection ? [connection.password] : [];
  const { ask, outcomeOf, died } = driverDialogue(driver, secrets);

  // One request a revision, so that it is known which one a process died of.
  const step = (op: "upgrade" | "downgrade", revision: string, hold?: true): Promise<HeldOutcome> =>
    outcomeOf({ op, revisions: [revision], ...(hold && { hold }) }, revision);

  async function steps(op: "upgrade" | "downgrade", revisions: readonly string[]): Promise<StepOutcome> {
    let durationMs = 0;
    const warnings: string[] = [];
    for (const revision of revisions) {
      const outcome = await step(op, revision);
      durationMs += outcome.durationMs;
      if (outcome.kind === "failed") return { ...outcome, durationMs };
      warnings.push(...(outcome.warnings ?? []));
    }
    return { kind: "done", durationMs, ...(warnings.length > 0 ? { warnings } : {}) };
  }

  let greeting: DriverGreeting;
  try {
    greeting = (await ask({
      op: "open",
      repository,
      directory,
      settings,
      ...(variables ? { variables } : {}),
      ...(connection ? { connection } : {}),
    })) as DriverGreeting;
  } catch (error) {
    driver.kill();
    await driver.close();
    throw error;
  }

  return {
    greeting,
    toolVersion: greeting.toolVersion,
    warnings: (greeting.warnings ?? []).map((warning) => redact(warning, secrets)),
    history: async () => (await ask({ op: "history" })) as History,
    imports: async (revisions) => ((await ask({ op: "imports", revisions })) as { imports: Imports }).imports,
    prepare: async () => ((await ask({ op: "prepare" })) as { versionTables: readonly string[] }).versionTables,
    upgrade: (revisions) => steps("upgrade", revisions),
    downgrade: (revisions) => steps("downgrade", revisions),
    ...(greeting.runsAtOnce &&
      options.atOnce && {
        atOnce: {
          ...options.atOnce,
          upgrade: (revisions) => outcomeOf({ op: "upgrade_at_once", revisions }, revisions[0] ?? ""),
        },
      }),
    ...(options.runsTogether && {
      async together(direction, revisions, begins) {
        const start = performance.now();
        let [revision = ""] = revisions;
        try {
          const answer = await driver.request({ op: "together", direction, revisions }, (next) => {
            revision = next;
            begins(next);
          });
          const alike = answer.ok && (answer.result as { together: boolean }).together;
          return alike ? { kind: "done", durationMs: performance.now() - start } : undefined;
        } catch (error) {
          return died(error, revision, start);
        }
      },
    }),
    ...(options.holdsRuns && {
      hold: (direction, revision) => step(direction === "up" ? "upgrade" : "downgrade", revision, true),
    }),
    async places() {
      try {
        return ((await ask({ op: "places" })) as { places: readonly StatementPlace[] }).places;
      } catch (error) {
        // Without a process there is only the statement to show.
        if (error instanceof ToolError) return [];
        throw error;
      }
    },
    stamp: async (revisions) => void (await ask({ op: "stamp", revisions })),
    ...(options.rendersOffline && {
      offline: async (revisions, direction) => (await ask({ op: "offline", direction, revisions })) as OfflineScripts,
    }),
    async release() {
      try {
        await ask({ op: "release" });
      } catch (error) {
        // A process that is gone holds no connection.
        if (!(error instanceof Error && error.cause instanceof DriverEnded)) throw error;
      }
    },
    kill: driver.kill,
    [Symbol.asyncDispose]: () => driver.close(),
  };
}
