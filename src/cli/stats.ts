import { readStatistics } from "../stats/read-statistics.ts";
import { connectTarget } from "../target/connect-target.ts";
import { parseTarget } from "../target/target.ts";
import { exitCodes } from "../exit.ts";
import { print, type SharedOptions } from "./output.ts";

/** The options of `headgate stats`, as the command line gives them. */
export interface StatsOptions extends SharedOptions {
  readonly databaseUrl?: string;
}

/** Prints how large the tables of a database are; gives the exit code. */
export async function stats(options: StatsOptions): Promise<number> {
  const client = await connectTarget(parseTarget(options.databaseUrl, process.env), "headgate stats");
  try {
    const statistics = await readStatistics(client, new Date().toISOString());
    print(`${JSON.stringify(statistics, undefined, 2)}\n`, options);
    return exitCodes.passed;
  } finally {
    await client.end();
  }
}
