import type { SkewReport, StatusReport, TargetOutcome, TargetsReport } from "../apply-report.ts";
import { ApplyError, ConfigurationError, EngineError, original, ToolError, UsageError } from "../errors.ts";
import { optional } from "../optional.ts";
import type { Project, TargetDatabase, Targets } from "../project.ts";
import { resolveLimits } from "../repository/limits.ts";
import { apply, skipped, type ApplyOptions } from "./apply.ts";
import { openOne } from "./open-one.ts";
import { production } from "./production.ts";
import { schemasLike } from "./tenant.ts";
import { status, type StatusOptions } from "./status.ts";
import { isSkipped } from "./workplace.ts";

/** A part of the databases: the `index`th, from 1, of `count`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * The project's databases, or those that have tenants where one of these is meant; `undefined` where it has one, or the caller
 * names one.
 * @throws UsageError when a tenant is meant, and no database has any
 */
export function targetsOf({
  schema,
  ...options
}: ApplyOptions | StatusOptions): { project: Project; targets: Targets } | undefined {
  if (options.databaseUrl !== undefined) return undefined;
  const { project } = openOne(options);
  const { targets } = project;
  if (targets === undefined || schema === undefined) return targets && { project, targets };
  const databases = targets.databases.filter(({ schemas }) => schemas !== undefined);
  if (databases.length === 0)
    throw new UsageError(
      `No database under \`targets:\` has \`schemas:\`; name the one of ${schema} with --database-url.`,
    );
  return { project, targets: { ...targets, databases } };
}

/**
 * Brings several databases to a commit: first the canaries, one by one, then the others, some at once. After one that fails
 * nothing new is begun; the next run goes on from there. A shard takes the canaries too, so that none overtakes them: all but
 * the first find them done.
 * @throws UsageError, ConfigurationError and ToolError when nothing was done to any of them
 */
export async function applyToTargets(
  { project, targets }: { readonly project: Project; readonly targets: Targets },
  options: ApplyOptions,
  shard: Shard = { index: 1, count: 1 },
): Promise<TargetsReport> {
  const about = { schemaVersion: 1, project: project.name } as const;
  if (isSkipped(options.environment)) {
    const reports = targets.databases.map(({ name }) => ({ name, report: skipped(project, name) }));
    return { ...about, outcome: "done", targets: reports.map((one) => ({ ...one, outcome: "done" })) };
  }
  const all = await placesOf(targets, options);
  if (all.length === 0 && options.schema !== undefined) throw noTenant(options.schema);
  const canaries = all.slice(0, targets.canary);
  const others = all.slice(targets.canary).filter((_, at) => at % shard.count === shard.index - 1);
  for (const { limits } of [...canaries, ...others]) resolveLimits(project.limits, limits, options.limits);
  const outcomes = new Map<string, TargetOutcome>();
  let failed = false;
  /** The first that may be true of all of them. */
  let common: Error | undefined;

  const take = async ({ name, databaseUrl, schema, limits }: Place): Promise<void> => {
    if (failed) return;
    const { onProgress } = options;
    try {
      const report = await apply({
        ...options,
        databaseUrl,
        ...optional("schema", schema),
        limits: { ...limits, ...options.limits },
        ...(onProgress === undefined ? {} : { onProgress: (step: string) => onProgress(`${name}: ${step}`) }),
      });
      outcomes.set(name, { name, outcome: "done", report });
    } catch (thrown) {
      failed = true;
      const error = original(thrown);
      if (isOfProject(error)) common ??= error;
      else if (!isOfTarget(error)) throw error;
      outcomes.set(name, { name, outcome: "failed", message: error.message, ...unreachable(error) });
    }
  };
  for (const canary of canaries) await take(canary);
  const waiting = others[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (const database of waiting) await take(database);
  };
  // Whatever one of them throws, the others come to their end first.
  const ended = await Promise.allSettled(Array.from({ length: targets.concurrency }, worker));
  for (const one of ended) if (one.status === "rejected") throw one.reason;
  // What was done to others is not lost over it.
  if (common !== undefined && ![...outcomes.values()].some(({ outcome }) => outcome === "done")) throw common;
  return {
    ...about,
    outcome: failed ? "failed" : "done",
    targets: [...canaries, ...others].map(({ name }) => outcomes.get(name) ?? { name, outcome: "not-reached" }),
  };
}

const noTenant = (schema: string): UsageError =>
  new UsageError(`No database under \`targets:\` has the tenant ${schema}; correct its name, or create its schema.`);

const isOfTarget = (error: unknown): error is Error => error instanceof ApplyError || error instanceof EngineError;

const isOfProject = (error: unknown): error is Error =>
  error instanceof ConfigurationError || error instanceof UsageError || error instanceof ToolError;

const unreachable = (error: Error) => (error instanceof EngineError ? ({ unreachable: true } as const) : {});

/** Where the databases stand, and which of them are behind. @throws as `status` does */
export async function skew(
  { project, targets }: { readonly project: Project; readonly targets: Targets },
  options: StatusOptions,
): Promise<SkewReport> {
  const found: { name: string; report: StatusReport | Error }[] = [];
  const notThere = (thrown: unknown): Error => {
    const error = original(thrown);
    // Of a table of its own, or of its schemas.
    if (isOfTarget(error) || error instanceof ConfigurationError) return error;
    throw error;
  };
  for (const database of targets.databases) urlOf(database, options);
  for (const database of targets.databases) {
    const places = await placesOf({ databases: [database] }, options).catch(notThere);
    if (places instanceof Error) found.push({ name: database.name, report: places });
    else
      for (const { name, databaseUrl, schema } of places)
        found.push({
          name,
          report: await status({ ...options, databaseUrl, ...optional("schema", schema) }).catch(notThere),
        });
  }
  if (found.length === 0 && options.schema !== undefined) throw noTenant(options.schema);
  const reached = found.flatMap(({ name, report }) => (report instanceof Error ? [] : [{ name, report }]));
  const common = found.find(({ report }) => report instanceof ConfigurationError);
  if (reached.length === 0 && common !== undefined) throw common.report as Error;
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
    if (report instanceof Error)
      return [{ name, summary: report.message, next: "headgate status", ...unreachable(report) }];
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

/** One history in one of the databases: the whole of it, or a tenant's schema. */
interface Place extends Pick<TargetDatabase, "name" | "limits"> {
  readonly databaseUrl: string;
  readonly schema?: string;
}

/** All of them, or those of one tenant, in their order. @throws ConfigurationError, and EngineError when a database that is asked for its schemas cannot be reached */
async function placesOf(
  { databases }: Pick<Targets, "databases">,
  options: Pick<ApplyOptions, "environment" | "schema">,
): Promise<readonly Place[]> {
  const urls = new Map(databases.map((database) => [database, urlOf(database, options)]));
  const places: Place[] = [];
  for (const [{ name, limits, schemas }, databaseUrl] of urls) {
    const here = { databaseUrl, limits };
    if (schemas === undefined) places.push({ name, ...here });
    else
      for (const schema of await schemasOf(schemas, databaseUrl, options))
        if (options.schema === undefined || options.schema === schema)
          places.push({ name: `${name}/${schema}`, schema, ...here });
  }
  return places;
}

async function schemasOf(
  schemas: readonly string[],
  databaseUrl: string,
  { environment }: Pick<ApplyOptions, "environment">,
): Promise<readonly string[]> {
  if (!schemas.some((name) => name.includes("*"))) return schemas;
  const client = await production(databaseUrl, environment).connect("headgate");
  try {
    const found = new Set<string>();
    for (const pattern of schemas)
      for (const name of pattern.includes("*") ? await schemasLike(client, pattern) : [pattern]) found.add(name);
    return [...found];
  } finally {
    await client.end();
  }
}

function urlOf(
  { name, variable }: TargetDatabase,
  { environment = process.env }: Pick<ApplyOptions, "environment">,
): string {
  const url = environment[variable];
  if (url) return url;
  throw new ConfigurationError(
    `The target ${name} has no connection string: the environment variable ${variable} is not set.`,
  );
}
