import type { FailureReport } from "../apply-report.ts";
import { ApplyError, original } from "../errors.ts";
import { exitCodeOf, exitCodes } from "../exit.ts";
import type { Verdict } from "../verdict.ts";
import { version } from "../version.ts";
import { expectOutput, print, type SharedOptions } from "./output.ts";

/** What a program reads in place of a report, when there is none. `done`: revisions that were applied, or taken back, before. */
export type FailureDocument = (message: string, done: readonly string[]) => FailureReport | Verdict;

/** For the commands that speak to production. */
export const failureReport: FailureDocument = (message, done) => ({
  schemaVersion: 1,
  outcome: "failed",
  message,
  done,
});

/** For all others: nothing was checked, and that is no pass. */
export const unreported: FailureDocument = (message) => verdictOf("errored", message);

/** The verdict on what there is no report on. */
export const verdictOf = (verdict: "failed" | "errored", message: string): Verdict => ({
  schemaVersion: 1,
  headgate: version,
  verdict,
  message,
  projects: [],
});

/**
 * What is printed for a command line that is not understood, when it asks for JSON.
 * @param args what follows the program's name
 */
export function usageDocument(args: readonly string[], message: string): string | undefined {
  const [command = ""] = args;
  const asksForJson = args.some(
    (arg, at) => arg === "--format=json" || (arg === "--format" && args[at + 1] === "json"),
  );
  if (!asksForJson) return undefined;
  const document = ["apply", "status", "downgrade"].includes(command) ? failureReport : unreported;
  return `${JSON.stringify(document(message, []))}\n`;
}

/**
 * Does what a command does. Where JSON is asked for, a failure is a document too; its sentence goes to standard error as well,
 * and the exit code is the error's.
 */
export async function reportingFailure(
  options: SharedOptions & { readonly format?: string },
  document: FailureDocument,
  work: () => number | Promise<number>,
): Promise<number> {
  expectOutput(options);
  try {
    return await work();
  } catch (thrown) {
    const error = original(thrown);
    if (options.format === "json" && error instanceof Error && exitCodeOf(error) !== exitCodes.internal) {
      const done = error instanceof ApplyError ? error.applied : [];
      print(`${JSON.stringify(document(error.message, done))}\n`, options);
    }
    throw error;
  }
}
