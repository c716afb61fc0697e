import { createInterface } from "node:readline/promises";
import { downgrade as takeBack, type DowngradeOptions } from "../apply/downgrade.ts";
import type { Loss } from "../apply-report.ts";
import { UsageError } from "../errors.ts";
import { downgradeText, lossText } from "../report/apply-text.ts";
import type { ToolName } from "../tools/tool.ts";
import { exitCodes } from "../exit.ts";
import { limitsSaid, type LimitOptions } from "./limit-options.ts";
import type { SharedOptions } from "./output.ts";
import { printReport } from "./print-report.ts";
import { startProgress } from "./progress.ts";

/** The options of `headgate downgrade`, as the command line gives them. */
export interface DowngradeCommandOptions extends SharedOptions, LimitOptions {
  readonly tool?: ToolName;
  readonly engine?: NonNullable<DowngradeOptions["engine"]>;
  readonly databaseUrl?: string;
  readonly schema?: string;
  readonly rehearsalUrl?: string;
  readonly number?: number;
  readonly to?: string;
  readonly yes?: boolean;
  readonly allow?: readonly string[];
  /** In milliseconds. */
  readonly lockWait?: number;
  readonly format: "text" | "json";
}

/** Takes revisions back after saying what would be lost; gives the exit code. @throws UsageError and what `downgrade` throws */
export async function downgrade({
  config,
  number,
  yes,
  lockWait,
  ...options
}: DowngradeCommandOptions): Promise<number> {
  const progress = startProgress(options.quiet ?? false);
  const confirm = async (losses: readonly Loss[], revisions: readonly string[]): Promise<boolean> => {
    progress.end();
    process.stderr.write(lossText(losses, revisions));
    if (yes) return true;
    if (!process.stdin.isTTY)
      throw new UsageError("Nothing was taken back: nobody is there to be asked. Say --yes if all of this may go.");
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    const answer = await terminal.question("Take it back? Only `yes` does. ");
    terminal.close();
    return answer.trim() === "yes";
  };
  try {
    const report = await takeBack({
      ...options,
      limits: limitsSaid(options),
      ...(config === undefined ? {} : { configFile: config }),
      ...(number === undefined ? {} : { count: number }),
      ...(lockWait === undefined ? {} : { lockWaitMs: lockWait }),
      environment: process.env,
      confirm,
      onProgress: progress.say,
    });
    progress.end();
    printReport(report, downgradeText, options);
    return report.outcome === "reverted" ? exitCodes.passed : exitCodes.failed;
  } finally {
    progress.end();
  }
}
