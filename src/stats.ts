import { readStatistics } from "./stats/read-statistics.ts";
import type { Statistics } from "./stats/statistics.ts";
import { connectTarget } from "./target/connect-target.ts";
import { parseTarget } from "./target/target.ts";

/** Which database to measure. */
export interface StatsOptions {
  /** As libpq takes it. Absent: the `PG*` variables say it. */
  readonly databaseUrl?: string;
  /** Where the `PG*` variables are. Default: this process's. */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * How large the tables of a database are, for the estimates of `check` and `lint`. Reads no row.
 * @throws EngineError when the database cannot be reached, UsageError when it is not named as libpq does
 */
export async function stats({ databaseUrl, environment = process.env }: StatsOptions = {}): Promise<Statistics> {
  const client = await connectTarget(parseTarget(databaseUrl, environment), "headgate stats");
  try {
    return await readStatistics(client, new Date().toISOString());
  } finally {
    await client.end();
  }
}
