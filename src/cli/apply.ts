import { apply as applyTo, type ApplyOptions } from "../apply/apply.ts";
import { readPlans, reviewOf } from "../apply/reviewed-plan.ts";
import { applyText } from "../report/apply-text.ts";
import { exitCodes } from "./exit.ts";
import { print, type SharedOptions } from "./output.ts";
import { startProgress } from "./progress.ts";
import type { ToolName } from "../tools/tool.ts";

/** The options of `headgate apply`, as the command line gives them. */
export interface ApplyCommandOptions extends SharedOptions {
  readonly tool?: ToolName;
  readonly engine?: NonNullable<ApplyOptions["engine"]>;
  readonly databaseUrl?: string;
  readonly rehearsalUrl?: string;
  readonly dryRun?: boolean;
  readonly plan?: string;
  readonly skip?: boolean;
  readonly allow?: readonly string[];
  readonly attempts?: number;
  /** In milliseconds. */
  readonly lockWait?: number;
  readonly format: "text" | "json";
}

/** Brings the target to this commit and says what was done; gives the exit code. */
export async function apply({ config, plan, skip, lockWait, ...options }: ApplyCommandOptions): Promise<number> {
  const progress = startProgress(options.quiet ?? false);
  try {
    const report = await applyTo({
      ...options,
      ...(config === undefined ? {} : { configFile: config }),
      ...(plan === undefined ? {} : { review: reviewOf(readPlans(plan)) }),
      ...(lockWait === undefined ? {} : { lockWaitMs: lockWait }),
      environment: { ...process.env, ...(skip ? { HEADGATE_SKIP: "true" } : {}) },
      onProgress: progress.say,
    });
    progress.end();
    print(options.format === "json" ? `${JSON.stringify(report)}\n` : applyText(report), options);
    return exitCodes.passed;
  } finally {
    progress.end();
  }
}
