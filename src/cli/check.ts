import { runGate } from "../gate.ts";
import { checkSarif } from "../report/check-sarif.ts";
import { githubReport } from "../report/github.ts";
import { gitlabReport } from "../report/gitlab.ts";
import { jsonReport } from "../report/json.ts";
import { markdownReport } from "../report/markdown.ts";
import { textReport } from "../report/text.ts";
import { uncheckedIn } from "../report/unchecked.ts";
import { describedRules } from "../rules/described-rules.ts";
import { exitCodeFor } from "../exit.ts";
import { gateOptions, type GateCommandOptions } from "./gate-options.ts";
import { type ReportFormat, print, terminal } from "./output.ts";
import { startProgress } from "./progress.ts";

/** The options of `headgate check`, as the command line gives them. */
export interface CheckOptions extends GateCommandOptions {
  readonly format: ReportFormat;
}

/** Runs the gate and prints its verdict; gives the exit code. */
export async function check(options: CheckOptions): Promise<number> {
  const startedAt = performance.now();
  const progress = startProgress(options.quiet ?? false);
  try {
    const verdict = await runGate(gateOptions(options, progress.say));
    progress.end();
    const findings = verdict.projects.flatMap((project) => project.findings);
    const reports = {
      text: () => textReport(verdict, { ...terminal(options), durationMs: performance.now() - startedAt }),
      json: () => jsonReport(verdict),
      markdown: () => markdownReport(verdict),
      sarif: () => checkSarif(verdict, describedRules),
      github: () => githubReport(findings, uncheckedIn(verdict)),
      gitlab: () => gitlabReport(findings, uncheckedIn(verdict)),
    };
    print(reports[options.format](), options);
    return exitCodeFor(verdict.verdict);
  } finally {
    progress.end();
  }
}
