import type { SkewReport, StatusReport } from "../apply-report.ts";
import { ConfigurationError, original } from "../errors.ts";
import { optional } from "../optional.ts";
import type { Project, Targets } from "../project.ts";
import { status, type StatusOptions } from "./status.ts";
import { isOfTarget, noTenant, placesOf, unreachable, urlOf } from "./target-places.ts";

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
