import { exitCodes } from "../exit.ts";
import { stats } from "../stats.ts";
import { print, type SharedOptions } from "./output.ts";

/** The options of `headgate stats`, as the command line gives them. */
export interface StatsCommandOptions extends SharedOptions {
  readonly databaseUrl?: string;
}

/** Prints how large the tables of a database are; gives the exit code. */
export async function statsCommand(options: StatsCommandOptions): Promise<number> {
  print(`${JSON.stringify(await stats(options), undefined, 2)}\n`, options);
  return exitCodes.passed;
}
