import type { FailureReport } from "../apply-report.ts";
import { ApplyError, EngineError, original, ToolError } from "../errors.ts";
import { expectOutput, print, type SharedOptions } from "./output.ts";

/**
 * Does what speaks to production. Where JSON is asked for, a failure is a document too; its sentence goes to standard error as
 * well, and the exit code is the error's.
 */
export async function reportingFailure(
  options: SharedOptions & { readonly format: "text" | "json" },
  work: () => Promise<number>,
): Promise<number> {
  expectOutput(options);
  try {
    return await work();
  } catch (thrown) {
    const error = original(thrown);
    if (
      options.format === "json" &&
      (error instanceof ApplyError || error instanceof EngineError || error instanceof ToolError)
    ) {
      const done = error instanceof ApplyError ? error.applied : [];
      const report: FailureReport = { schemaVersion: 1, outcome: "failed", message: error.message, done };
      print(`${JSON.stringify(report)}\n`, options);
    }
    throw error;
  }
}
