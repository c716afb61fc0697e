import { readFileSync } from "node:fs";
import { UsageError } from "../errors.ts";
import { parseStatistics, type Statistics } from "../stats/statistics.ts";

/** What the file of `--stats` holds. @throws UsageError and ConfigurationError when it cannot be read or used */
export function statisticsIn(file: string | undefined): Statistics | undefined {
  if (file === undefined) return undefined;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new UsageError(`The file ${file} of --stats cannot be read: ${(cause as Error).message}.`, { cause });
  }
  return parseStatistics(file, text);
}
