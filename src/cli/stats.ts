import { readStatistics } from "../stats/read-statistics.ts";
import { connectTarget } from "../target/connect-target.ts";
import { parseTarget } from "../target/target.ts";
import { exitCodes } from "../exit.ts";
import { print } from "./output.ts";

/** The options of `headgate stats`, as the command line gives them. */
export interface StatsOptions {
  readonly databaseUrl?: string;
  readonly output?: string;
}

/** Prints how large the tables of a database are; gives the exit code. */
export async function stats({ databaseUrl, output }: StatsOptions): Promise<number> {
  const client = await connectTarget(parseTarget(databaseUrl, process.env), "headgate stats");
  try {
    const statistics = await readStatistics(client, new Date().toISOString());
    const to = output === undefined ? {} : { output };
    print(`${JSON.stringify(statistics, undefined, 2)}\n`, { directory: ".", color: false, ...to });
    return exitCodes.passed;
  } finally {
    await client.end();
  }
}
