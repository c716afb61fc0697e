import { ApplyError, ConfigurationError, EngineError, UsageError } from "../errors.ts";
import type { TargetDatabase, Targets } from "../project.ts";
import type { ApplyOptions } from "./apply.ts";
import { production } from "./production.ts";
import { schemasLike } from "./tenant.ts";

/** One history in one of the databases: the whole of it, or a tenant's schema. */
export interface Place extends Pick<TargetDatabase, "name" | "limits"> {
  readonly databaseUrl: string;
  readonly schema?: string;
}

/** All of them, or those of one tenant, in their order. @throws ConfigurationError, and EngineError when a database that is asked for its schemas cannot be reached */
export async function placesOf(
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

/** The connection string of a database. @throws ConfigurationError when its environment variable is not set */
export function urlOf(
  { name, variable }: TargetDatabase,
  { environment = process.env }: Pick<ApplyOptions, "environment">,
): string {
  const url = environment[variable];
  if (url) return url;
  throw new ConfigurationError(
    `The target ${name} has no connection string: the environment variable ${variable} is not set.`,
  );
}

/** That the tenant which is meant is nowhere. */
export const noTenant = (schema: string): UsageError =>
  new UsageError(`No database under \`targets:\` has the tenant ${schema}; correct its name, or create its schema.`);

/** Whether an error is one target's, and says nothing of the others. */
export const isOfTarget = (error: unknown): error is Error =>
  error instanceof ApplyError || error instanceof EngineError;

/** Says of a target that was not reached that it was not. */
export const unreachable = (error: Error) => (error instanceof EngineError ? ({ unreachable: true } as const) : {});
