import type { TargetOutcome, TargetsReport } from "../apply-report.ts";
import { ConfigurationError, original, ToolError, UsageError } from "../errors.ts";
import { optional } from "../optional.ts";
import type { Project, Targets } from "../project.ts";
import { resolveLimits } from "../repository/limits.ts";
import { apply, skipped, type ApplyOptions } from "./apply.ts";
import { openOne } from "./open-one.ts";
import type { Shard } from "./shard.ts";
import type { StatusOptions } from "./status.ts";
import { isOfTarget, noTenant, type Place, placesOf, unreachable } from "./target-places.ts";
import { isSkipped } from "./workplace.ts";

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

const isOfProject = (error: unknown): error is Error =>
  error instanceof ConfigurationError || error instanceof UsageError || error instanceof ToolError;
