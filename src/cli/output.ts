import { writeFileSync } from "node:fs";
import { UsageError } from "../errors.ts";

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
    throw new UsageError(`The report could not be written to ${output}: ${(cause as Error).message}`, { cause });
  }
}

/** Whether the report is coloured: only on a terminal, and not where somebody asked for none. */
export const colored = ({ color, output }: SharedOptions): boolean =>
  color && output === undefined && (process.stdout.isTTY ?? false) && process.stdout.hasColors();
