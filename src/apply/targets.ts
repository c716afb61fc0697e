import type { SkewReport, StatusReport, TargetOutcome, TargetsReport } from "../apply-report.ts";
import { ApplyError, ConfigurationError, EngineError, UsageError } from "../errors.ts";
import type { Project, TargetDatabase, Targets } from "../project.ts";
import { resolveLimits } from "../repository/limits.ts";
import { apply, type ApplyOptions } from "./apply.ts";
import { openOne } from "./open-one.ts";
import { status, type StatusOptions } from "./status.ts";

/** A part of the databases: the `index`th, from 1, of `count`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** The project's databases; `undefined` where it has one, or the caller names one. */
export function targetsOf(options: ApplyOptions | StatusOptions): { project: Project; targets: Targets } | undefined {
  if (options.databaseUrl !== undefined) return undefined;
  const { project } = openOne(options);
  return project.targets === undefined ? undefined : { project, targets: project.targets };
}

/**
 * Brings several databases to a commit: first the canaries, one by one, then the others, some at once. After one that fails
 * nothing new is begun; the next run goes on from there. A shard takes the canaries too, so that none overtakes them: all but
 * the first find them done.
 * @throws UsageError and ConfigurationError before anything is begun
 */
export async function applyToTargets(
  { project, targets }: { readonly project: Project; readonly targets: Targets },
  options: ApplyOptions,
  shard: Shard = { index: 1, count: 1 },
): Promise<TargetsReport> {
  const canaries = targets.databases.slice(0, targets.canary);
  const others = targets.databases.slice(targets.canary).filter((_, at) => at % shard.count === shard.index - 1);
  const urls = new Map([...canaries, ...others].map((database) => [database.name, urlOf(database, options)]));
  for (const database of [...canaries, ...others]) resolveLimits(project.limits, limitsOf(database, options));
  const outcomes = new Map<string, TargetOutcome>();
  let failed = false;

  const take = async (database: TargetDatabase): Promise<void> => {
    if (failed) return;
    const { name } = database;
    const { onProgress } = options;
    const outcome = await outcomeOf(name, {
      ...options,
      databaseUrl: urls.get(name) ?? "",
      limits: limitsOf(database, options),
      ...(onProgress === undefined ? {} : { onProgress: (step: string) => onProgress(`${name}: ${step}`) }),
    });
    if (outcome.outcome === "failed") failed = true;
    outcomes.set(name, outcome);
  };
  for (const canary of canaries) await take(canary);
  const waiting = others[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (const database of waiting) await take(database);
  };
  // Whatever one of them throws, the others come to their end first.
  const ended = await Promise.allSettled(Array.from({ length: targets.concurrency }, worker));
  for (const one of ended) if (one.status === "rejected") throw one.reason;
  return {
    schemaVersion: 1,
    project: project.name,
    outcome: failed ? "failed" : "done",
    targets: [...canaries, ...others].map(({ name }) => outcomes.get(name) ?? { name, outcome: "not-reached" }),
  };
}

async function outcomeOf(name: string, options: ApplyOptions): Promise<TargetOutcome> {
  try {
    return { name, outcome: "done", report: await apply(options) };
  } catch (error) {
    // What is known of one target says nothing against what was done to the others.
    if (error instanceof ApplyError || error instanceof EngineError)
      return { name, outcome: "failed", message: error.message };
    throw error;
  }
}

/** Where the databases stand, and which of them are behind. @throws as `status` does */
export async function skew(
  { project, targets }: { readonly project: Project; readonly targets: Targets },
  options: StatusOptions,
): Promise<SkewReport> {
  const found: { name: string; report: StatusReport | string }[] = [];
  for (const database of targets.databases)
    found.push({
      name: database.name,
      report: await status({ ...options, databaseUrl: urlOf(database, options) }).catch((error: unknown) => {
        if (error instanceof EngineError) return error.message;
        throw error;
      }),
    });
  const reached = found.flatMap(({ name, report }) => (typeof report === "string" ? [] : [{ name, report }]));
  const groups = [...Map.groupBy(reached, ({ report }) => JSON.stringify(report.applied)).values()].map((members) => {
    const applied = members[0]?.report.applied ?? [];
    const last = applied.at(-1);
    return {
      applied: applied.length,
      ...(last === undefined ? {} : { last }),
      targets: members.map(({ name }) => name),
    };
  });
  const attention = found.flatMap(({ name, report }) => {
    if (typeof report === "string") return [{ name, summary: report, next: "headgate status" }];
    const { state, summary, next } = report;
    return state === "up-to-date" ? [] : [{ name, summary, next }];
  });
  return {
    schemaVersion: 1,
    project: project.name,
    groups: groups.toSorted((one, other) => other.applied - one.applied),
    attention,
  };
}

/** Reads `--shard 2/5`. @throws UsageError */
export function readShard(text: string): Shard {
  const [, index, count] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (shard.index >= 1 && shard.index <= shard.count) return shard;
  throw new UsageError(`--shard takes a part of the databases, for example 2/5, not ${text}.`);
}

const limitsOf = ({ limits }: TargetDatabase, options: ApplyOptions) => ({ ...limits, ...options.limits });

function urlOf({ name, variable }: TargetDatabase, { environment }: Pick<ApplyOptions, "environment">): string {
  const url = environment[variable];
  if (url) return url;
  throw new ConfigurationError(
    `The target ${name} has no connection string: the environment variable ${variable} is not set.`,
  );
}
