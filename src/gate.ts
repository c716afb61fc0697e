import type { Configuration } from "./repository/configuration.ts";
import type { EngineName } from "./engines/engine.ts";
import { serverPool } from "./engines/server-pool.ts";
import { ConfigurationError, UsageError } from "./errors.ts";
import { gateProject } from "./gate/gate-project.ts";
import { judgeOtherProjects } from "./gate/other-projects.ts";
import { judgeShared, type SharedFinding } from "./gate/judge-shared.ts";
import { sharedDatabases } from "./gate/shared-database.ts";
import { optional } from "./optional.ts";
import type { Plan } from "./plan/seal-plan.ts";
import { unusableProject } from "./gate/project-verdict.ts";
import { openChange, type RepositoryOptions } from "./repository/repository.ts";
import { submoduleNotSeen } from "./repository/submodule-projects.ts";
import type { Statistics } from "./stats/statistics.ts";
import type { Check, ProjectVerdict, Verdict } from "./verdict.ts";
import { version } from "./version.ts";

/** What to gate, and how. Everything but the directory has a default; the command line and the action both end here. */
export interface GateOptions extends RepositoryOptions {
  /** Default `auto`: Testcontainers where a Docker engine answers and the image can be had, else embedded. */
  readonly engine?: EngineName | "auto";
  /** PostgreSQL version, for example `17`. */
  readonly postgres?: string;
  /** Container image. */
  readonly image?: string;
  /** For the engine `url`. */
  readonly databaseUrl?: string;
  /** For the engine `url`: accept a database that holds something. */
  readonly allowNonEmpty?: boolean;
  /** How large production's tables are, for estimates. */
  readonly statistics?: Statistics;
  /** Which revisions go up, down and up again. Default `new`. */
  readonly replay?: "new" | "all";
  /** Examine these revisions and no others: one id, or `FROM:TO`, from the one after FROM up to TO. */
  readonly range?: string;
  /** Whether to see what stops while a new revision waits for its locks. Default: true. */
  readonly outageProbe?: boolean;
  /** Whether the second upgrade runs in a process that differs in what a migration should not depend on. Default: true. */
  readonly otherProcess?: boolean;
  /** The lightest finding that fails the gate. Default `error`. */
  readonly failOn?: "error" | "warning";
  /** How long one step may take, in milliseconds. Default: 10 minutes. */
  readonly timeLimitMs?: number;
  /** The environment that the project's tools inherit, secrets removed. Default: this process's. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Called with each project's plan, where there is one. */
  readonly onPlan?: (plan: Plan) => void;
  /** Called with a short line whenever something new begins. */
  readonly onProgress?: (step: string) => void;
}

/**
 * The whole gate: finds the projects, replays each on a disposable PostgreSQL, and gives the verdict. A project that is set
 * up in a way that cannot work is `errored` in it, and does not keep the others from being judged.
 * @throws UsageError and ConfigurationError when there is nothing sound to start from
 */
export async function runGate(options: GateOptions): Promise<Verdict> {
  const { onProgress, databaseUrl, allowNonEmpty, environment = process.env } = options;
  onProgress?.("reading the repository");
  const opened = openChange(options);
  const repository = { ...opened, configuration: withOptions(opened.configuration, options) };
  const { configuration, projects, base, noBase } = repository;
  await using servers = serverPool(configuration.engine, {
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(allowNonEmpty === undefined ? {} : { allowNonEmpty }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const verdicts: ProjectVerdict[] = [];
  const unusable: ConfigurationError[] = [];
  for (const project of projects) {
    const say = (step: string) => onProgress?.(projects.length > 1 ? `${project.name}: ${step}` : step);
    verdicts.push(
      await gateProject(project, repository, {
        servers,
        environment,
        onProgress: say,
        ...optional("range", options.range),
        ...optional("otherProcess", options.otherProcess),
        ...optional("statistics", options.statistics),
        ...optional("onPlan", options.onPlan),
        onUnusable: (error) => unusable.push(error),
      }).catch((error: unknown) => {
        if (!(error instanceof ConfigurationError)) throw error;
        unusable.push(error);
        return unusableProject(project, error);
      }),
    );
  }
  for (const shared of sharedDatabases(projects)) {
    const found = await judgeShared(shared, verdicts, repository, {
      servers,
      environment,
      onProgress: (step) => onProgress?.(step),
    });
    const at = verdicts.findIndex(({ name }) => name === found?.project.name);
    if (found && verdicts[at]) verdicts[at] = withShared(verdicts[at], found);
  }
  verdicts.push(...judgeOtherProjects(repository));
  const decided = decide(verdicts, configuration["fail-on"]);
  if (unusable.length > 0 && unusable.length === projects.length && decided !== "failed")
    throw new ConfigurationError(unusable.map(({ message }) => message).join("\n"), { cause: unusable[0] });
  const [first, ...others] = verdicts;
  const unseen = repository.unseen ?? [];
  const told = first && { ...first, findings: [...first.findings, ...unseen.map(submoduleNotSeen)] };
  return {
    schemaVersion: 1,
    headgate: version,
    verdict: decided,
    ...(base === undefined ? optional("noBase", noBase) : { base: base.commit }),
    projects: told ? [told, ...others] : [],
  };
}

/** A verdict on a project with one finding more, found on its way up beside another. */
const withShared = (verdict: ProjectVerdict, { finding, lost }: SharedFinding): ProjectVerdict => ({
  ...verdict,
  checks: verdict.checks.map((check): Check => {
    const { id, durationMs } = check;
    if (id !== "upgrade") return check;
    if (finding.severity === "error") return { id, status: "failed", reason: finding.ruleId, durationMs };
    return lost === undefined ? check : { id, status: "errored", reason: lost, durationMs };
  }),
  findings: [...verdict.findings, finding],
});

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
  return {
    ...configuration,
    engine: options.engine ?? (options.databaseUrl === undefined ? configuration.engine : "url"),
    ...(options.postgres === undefined ? {} : { postgres: options.postgres }),
    ...(options.image === undefined ? {} : { image: options.image }),
    ...(options.replay === undefined ? {} : { replay: options.replay }),
    ...(options.outageProbe === undefined ? {} : { "outage-probe": options.outageProbe }),
    ...(options.failOn === undefined ? {} : { "fail-on": options.failOn }),
    ...(options.timeLimitMs === undefined ? {} : { "time-limit": options.timeLimitMs }),
  };
}
