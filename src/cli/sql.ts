import { runGate } from "../gate.ts";
import { sqlReport } from "../report/sql.ts";
import { sqlJson } from "../report/sql-schema.ts";
import { findingText } from "../report/finding-text.ts";
import { exitCodeFor, exitCodes } from "../exit.ts";
import { recordingOptions, type GateCommandOptions } from "./gate-options.ts";
import { print } from "./output.ts";
import { startProgress } from "./progress.ts";

/** The options of `headgate sql`, as the command line gives them. */
export interface SqlOptions extends GateCommandOptions {
  readonly format: "text" | "json";
  readonly down?: boolean;
}

/** Findings of a step that did not run to its end, so that its SQL is not all there. */
const unfinished = new Set(["upgrade-fails", "downgrade-fails", "migration-hangs", "asks-for-input"]);

/** Prints the SQL of the new revisions, or of a range, as a disposable server saw it; gives the exit code. */
export async function sql(range: string | undefined, options: SqlOptions): Promise<number> {
  const progress = startProgress(options.quiet ?? false);
  try {
    const verdict = await runGate(recordingOptions(range, options, progress.say));
    progress.end();
    const { projects } = verdict;
    const stopped = projects.flatMap(({ checks }) =>
      checks.filter(({ id, status }) => id === "upgrade" && status !== "passed"),
    );
    if (options.format === "json") print(sqlJson(projects), options);
    else print(projects.map((project) => sqlReport(project, options.down ? "down" : "up")).join("\n"), options);
    const failures = projects.flatMap(({ checks, findings }) => {
      const unsound = checks.some(({ id, status }) => id === "upgrade" && status === "skipped")
        ? checks.flatMap((check) =>
            check.id === "lineage" && check.status === "failed" ? check.reason.split(", ") : [],
          )
        : [];
      return findings.filter(
        ({ ruleId, direction }) =>
          unsound.includes(ruleId) || (unfinished.has(ruleId) && (direction !== "down" || options.down === true)),
      );
    });
    if (stopped.length === 0 && failures.length === 0) return exitCodes.passed;
    const text = { width: process.stderr.columns ?? 100, color: false };
    for (const failure of failures) process.stderr.write(`${findingText(failure, text)}\n`);
    for (const check of stopped)
      if (check.status !== "passed") process.stderr.write(`headgate: not all of it could be run: ${check.reason}\n`);
    const isFailure = failures.length > 0 || stopped.some(({ status }) => status === "failed");
    return exitCodeFor(isFailure ? "failed" : "errored");
  } finally {
    progress.end();
  }
}
