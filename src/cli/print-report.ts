import { brokenLines } from "../report/terminal-lines.ts";
import { isTerminal, print, type SharedOptions, terminal } from "./output.ts";

/** Prints what a command found: as JSON, or for people. */
export function printReport<Report>(
  report: Report,
  text: (report: Report) => string,
  options: SharedOptions & { readonly format: "text" | "json" },
): void {
  print(options.format === "json" ? `${JSON.stringify(report)}\n` : fitted(text(report), options), options);
}

/** On a terminal, lines broken between words; elsewhere, where somebody may search them, left whole. */
const fitted = (text: string, options: SharedOptions): string =>
  isTerminal(options) ? brokenLines(text, terminal(options)) : text;
