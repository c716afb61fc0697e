import { readLineages } from "../lineage.ts";
import { exitCodes } from "../exit.ts";
import { optional } from "../optional.ts";
import { lineageDocument } from "../report/lineage-schema.ts";
import { lineageText } from "../report/lineage-text.ts";
import { lineageMermaid } from "../report/mermaid.ts";
import { plainLine } from "../report/plain-text.ts";
import { findingText } from "../report/finding-text.ts";
import { projectHeading } from "../report/text.ts";
import type { ToolName } from "../tools/tool.ts";
import { type SharedOptions, print, terminal } from "./output.ts";

/** The options of `headgate lineage`, as the command line gives them. */
export interface LineageOptions extends SharedOptions {
  readonly format: "text" | "json" | "mermaid";
  readonly tool?: ToolName;
  readonly base?: string;
}

/** Prints the lineage of every project, as far as its files tell; gives the exit code. Runs nothing of the project's. */
export function lineageCommand(options: LineageOptions): number {
  const { projects, leftOut } = readLineages({ ...options, ...optional("configFile", options.config) });
  const leftOutLines = leftOut.map(({ name, reason }) => plainLine(`${name}: ${reason}`));
  const text = terminal(options);
  const reports = {
    text: () =>
      [
        ...projects.map(({ report, history }) =>
          [
            `${projectHeading(report, text)}\n`,
            lineageText(history, report.lineage, { width: text.width }),
            ...report.findings.map((finding) => `\n${findingText(finding, text)}\n`),
          ].join("\n"),
        ),
        ...leftOutLines.map((line) => `${line}.\n`),
      ].join("\n"),
    json: () => {
      const reports = projects.map(({ report }) => report);
      return `${JSON.stringify(lineageDocument(reports, leftOut), undefined, 2)}\n`;
    },
    mermaid: () =>
      [
        ...projects.map(
          ({ report, history }) => `%% ${plainLine(report.name)}\n${lineageMermaid(history, report.lineage)}\n`,
        ),
        ...leftOutLines.map((line) => `%% ${line}\n`),
      ].join("\n"),
  };
  print(reports[options.format](), options);
  return projects.some(({ report }) => report.findings.some(({ severity }) => severity === "error"))
    ? exitCodes.failed
    : exitCodes.passed;
}
