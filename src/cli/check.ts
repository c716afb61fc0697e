import { runGate } from "../gate.ts";
import { jsonReport } from "../report/json.ts";
import { markdownReport } from "../report/markdown.ts";
import { textReport } from "../report/text.ts";
import { exitCodeFor } from "./exit.ts";
import { gateOptions, type GateCommandOptions } from "./gate-options.ts";
import { colored, print } from "./output.ts";
import { startProgress } from "./progress.ts";

/** The options of `headgate check`, as the command line gives them. */
export interface CheckOptions extends GateCommandOptions {
  readonly format: "text" | "json" | "markdown";
}

/** Runs the gate and prints its verdict; gives the exit code. */
export async function check(options: CheckOptions): Promise<number> {
  const startedAt = performance.now();
  const progress = startProgress(options.quiet ?? false);
  try {
    const verdict = await runGate(gateOptions(options, progress.say));
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
    print(reports[options.format](), options);
    return exitCodeFor(verdict.verdict);
  } finally {
    progress.end();
  }
}
