import { apply as applyTo, type ApplyOptions } from "../apply/apply.ts";
import { readPlans, reviewOf } from "../apply/reviewed-plan.ts";
import { UsageError } from "../errors.ts";
import { applyText } from "../report/apply-text.ts";
import { targetsText } from "../report/targets-text.ts";
import { readShard } from "../apply/shard.ts";
import { applyToTargets, targetsOf } from "../apply/targets.ts";
import { exitCodeForTargets, exitCodes } from "../exit.ts";
import { limitsSaid, type LimitOptions } from "./limit-options.ts";
import type { SharedOptions } from "./output.ts";
import { printReport } from "./print-report.ts";
import { startProgress } from "./progress.ts";
import type { ToolName } from "../tools/tool.ts";

/** The options of `headgate apply`, as the command line gives them. */
export interface ApplyCommandOptions extends SharedOptions, LimitOptions {
  readonly tool?: ToolName;
  readonly engine?: NonNullable<ApplyOptions["engine"]>;
  readonly databaseUrl?: string;
  readonly schema?: string;
  readonly rehearsalUrl?: string;
  readonly dryRun?: boolean;
  readonly plan?: string;
  readonly skip?: boolean;
  readonly allow?: readonly string[];
  /** In milliseconds. */
  readonly lockWait?: number;
  /** `i/n` */
  readonly shard?: string;
  readonly format: "text" | "json";
}

/** Brings the target to this commit and says what was done; gives the exit code. @throws UsageError and what `apply` throws */
export async function apply({ config, plan, skip, lockWait, shard, ...options }: ApplyCommandOptions): Promise<number> {
  const progress = startProgress(options.quiet ?? false);
  try {
    const work: ApplyOptions = {
      ...options,
      limits: limitsSaid(options),
      ...(config === undefined ? {} : { configFile: config }),
      ...(plan === undefined ? {} : { review: reviewOf(readPlans(plan)) }),
      ...(lockWait === undefined ? {} : { lockWaitMs: lockWait }),
      environment: { ...process.env, ...(skip ? { HEADGATE_SKIP: "true" } : {}) },
      onProgress: progress.say,
    };
    const several = targetsOf(work);
    if (several === undefined && shard !== undefined)
      throw new UsageError("--shard needs `targets:` in the configuration.");
    if (several !== undefined) {
      const report = await applyToTargets(several, work, shard === undefined ? undefined : readShard(shard));
      progress.end();
      printReport(report, targetsText, options);
      return exitCodeForTargets(report.targets.filter((target) => target.outcome === "failed"));
    }
    const report = await applyTo(work);
    progress.end();
    printReport(report, applyText, options);
    return exitCodes.passed;
  } finally {
    progress.end();
  }
}
