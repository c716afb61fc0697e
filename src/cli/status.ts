import { status as statusOf } from "../apply/status.ts";
import { statusText } from "../report/apply-text.ts";
import type { ToolName } from "../tools/tool.ts";
import { skewText } from "../report/targets-text.ts";
import { skew } from "../apply/skew.ts";
import { targetsOf } from "../apply/targets.ts";
import { exitCodeForTargets, exitCodes } from "../exit.ts";
import type { SharedOptions } from "./output.ts";
import { printReport } from "./print-report.ts";

/** The options of `headgate status`, as the command line gives them. */
export interface StatusCommandOptions extends SharedOptions {
  readonly tool?: ToolName;
  readonly databaseUrl?: string;
  readonly schema?: string;
  readonly format: "text" | "json";
}

/** Says where a database stands; gives the exit code: 0 when nothing is to be done, 1 otherwise. */
export async function status({ config, ...options }: StatusCommandOptions): Promise<number> {
  const asked = { ...options, ...(config === undefined ? {} : { configFile: config }), environment: process.env };
  const several = targetsOf(asked);
  if (several !== undefined) {
    const report = await skew(several, asked);
    printReport(report, skewText, options);
    return exitCodeForTargets(report.attention);
  }
  const report = await statusOf(asked);
  printReport(report, statusText, options);
  return report.state === "up-to-date" ? exitCodes.passed : exitCodes.failed;
}
