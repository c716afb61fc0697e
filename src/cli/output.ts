import { accessSync, constants, existsSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { UsageError } from "../errors.ts";
import type { TextOptions } from "../report/terminal-lines.ts";

/** The options all commands share. */
export interface SharedOptions {
  readonly config?: string;
  readonly project?: string;
  readonly directory: string;
  readonly output?: string;
  readonly quiet?: boolean;
  readonly color: boolean;
}

/** What `check` and `lint` can print their findings as. */
export type ReportFormat = (typeof reportFormats)[number];
/** Their names, as `--format` takes them. */
export const reportFormats = ["text", "json", "markdown", "sarif", "github", "gitlab"] as const;

/** Prints a report to standard output, or to the file that was asked for. @throws UsageError when that cannot be written */
export function print(report: string, { output }: SharedOptions): void {
  if (output === undefined) {
    process.stdout.write(report);
    return;
  }
  try {
    writeFileSync(output, report);
  } catch (cause) {
    throw unwritable(output, cause as Error);
  }
}

/** Sees before long work begins that its report can be written. @throws UsageError when it cannot */
export function expectOutput({ output }: SharedOptions): void {
  if (output === undefined) return;
  try {
    if (existsSync(output) && statSync(output).isDirectory()) throw new Error("it is a directory");
    accessSync(existsSync(output) ? output : dirname(output), constants.W_OK);
  } catch (cause) {
    throw unwritable(output, cause as Error);
  }
}

const unwritable = (output: string, cause: Error): UsageError =>
  new UsageError(`The report could not be written to ${output}: ${cause.message}`, { cause });

/** How text for people looks where it is printed: as wide as the terminal, else 100 columns. */
export const terminal = (options: SharedOptions): TextOptions => ({
  // Some terminals say 0 before they know.
  width: process.stdout.columns || 100,
  color: colored(options),
});

/** Whether the report is coloured: only on a terminal, and not where somebody asked for none. */
const colored = ({ color, output }: SharedOptions): boolean =>
  color && isTerminal({ output }) && process.stdout.hasColors();

/** Whether people read it where it is printed. */
export const isTerminal = ({ output }: { readonly output?: string | undefined }): boolean =>
  output === undefined && (process.stdout.isTTY ?? false);
