import type { TargetsReport } from "../apply-report.ts";
import type { Targets } from "../project.ts";
import { describeHost, describeTarget, parseTarget } from "../target/target.ts";

/** A message without the addresses in it: where the database is is for the job's log alone. */
export function withoutTarget(
  message: string,
  databaseUrl: string | undefined,
  environment: NodeJS.ProcessEnv,
): string {
  try {
    const target = parseTarget(databaseUrl, environment);
    const described = message.replaceAll(describeTarget(target), "the database");
    return target.hosts
      .flatMap((host) => [describeHost(host), host.host, ...(host.address === undefined ? [] : [host.address])])
      .reduce((text, address) => text.replaceAll(address, "its address"), described);
  } catch {
    return "The target could not be understood; the job's log says why.";
  }
}

/** Of a tenant, `database/schema`. */
const databaseOf = (name: string): string => name.split("/")[0] ?? name;

/** The same for the messages about several targets. */
export function withoutAddresses(
  report: TargetsReport,
  { databases }: Targets,
  environment: NodeJS.ProcessEnv,
): TargetsReport {
  const urls = new Map(databases.map(({ name, variable }) => [name, environment[variable]]));
  return {
    ...report,
    targets: report.targets.map((target) =>
      target.outcome === "failed"
        ? { ...target, message: withoutTarget(target.message, urls.get(databaseOf(target.name)), environment) }
        : target,
    ),
  };
}
