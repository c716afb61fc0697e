import { runGate } from "../gate.ts";
import type { EngineName } from "../engines/engine.ts";
import { jsonReport } from "../report/json.ts";
import { markdownReport } from "../report/markdown.ts";
import { textReport } from "../report/text.ts";
import type { ToolName } from "../tools/tool.ts";
import { exitCodeFor } from "./exit.ts";
import { colored, print, type SharedOptions } from "./output.ts";
import { startProgress } from "./progress.ts";

/** The options of `headgate check`, as the command line gives them. */
export interface CheckOptions extends SharedOptions {
  readonly format: "text" | "json" | "markdown";
  readonly tool?: ToolName;
  readonly engine?: EngineName | "auto";
  readonly postgres?: string;
  readonly image?: string;
  readonly databaseUrl?: string;
  readonly allowNonEmpty?: boolean;
  readonly base?: string;
  readonly replay?: "new" | "all";
  readonly failOn?: "error" | "warning";
  /** In milliseconds. */
  readonly timeLimit?: number;
}

/** Runs the gate and prints its verdict; gives the exit code. */
export async function check(options: CheckOptions): Promise<number> {
  const startedAt = performance.now();
  const { config, timeLimit, format, quiet, ...rest } = options;
  const progress = startProgress(quiet ?? false);
  try {
    const verdict = await runGate({
      ...rest,
      ...(config === undefined ? {} : { configFile: config }),
      ...(timeLimit === undefined ? {} : { timeLimitMs: timeLimit }),
      environment: process.env,
      onProgress: progress.say,
    });
    progress.end();
    const reports = {
      text: () =>
        textReport(verdict, {
          width: process.stdout.columns ?? 100,
          color: colored(options),
          durationMs: performance.now() - startedAt,
        }),
      json: () => jsonReport(verdict),
      markdown: () => markdownReport(verdict),
    };
    print(reports[format](), options);
    return exitCodeFor(verdict.verdict);
  } finally {
    progress.end();
  }
}
