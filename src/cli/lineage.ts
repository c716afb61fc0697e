import { describeLineage } from "../lineage/lineage.ts";
import { judgeProjectLineage } from "../gate/project-lineage.ts";
import { lineageMermaid } from "../report/mermaid.ts";
import { lineageJson } from "../report/lineage-schema.ts";
import { lineageText } from "../report/lineage-text.ts";
import { plainLine } from "../report/plain-text.ts";
import { findingText, projectHeading, type TextOptions } from "../report/text.ts";
import { namedLeftOut } from "../repository/left-out.ts";
import { openRepository } from "../repository/repository.ts";
import { toolNamed } from "../tools/registry.ts";
import type { ToolName } from "../tools/tool.ts";
import { exitCodes } from "../exit.ts";
import { colored, print, type SharedOptions } from "./output.ts";

/** The options of `headgate lineage`, as the command line gives them. */
export interface LineageOptions extends SharedOptions {
  readonly format: "text" | "json" | "mermaid";
  readonly tool?: ToolName;
  readonly base?: string;
}

/** Prints the lineage of every project, as far as its files tell; gives the exit code. Runs nothing of the project's. */
export function lineage(options: LineageOptions): number {
  const { config, ...rest } = options;
  const repository = openRepository({ ...rest, ...(config === undefined ? {} : { configFile: config }) });
  const judged = repository.projects.map((project) => {
    const read = toolNamed(project.tool).readHistory(repository.files, project);
    const { history, ordered, newIds, findings } = judgeProjectLineage(project, read, repository.base);
    return { project, history, ordered, findings, report: describeLineage(history, newIds) };
  });
  const leftOut = (repository.leftOut ?? []).map(namedLeftOut);
  const leftOutLines = leftOut.map(({ name, reason }) => plainLine(`${name}: ${reason}`));
  const text: TextOptions = { width: process.stdout.columns ?? 100, color: colored(options) };
  const reports = {
    text: () =>
      [
        ...judged.map(({ project, history, report, findings }) =>
          [
            `${projectHeading(project, text)}\n`,
            lineageText(history, report, { width: text.width }),
            ...findings.map((finding) => `\n${findingText(finding, text)}\n`),
          ].join("\n"),
        ),
        ...leftOutLines.map((line) => `${line}.\n`),
      ].join("\n"),
    json: () =>
      lineageJson(
        judged.map(({ project: { name, tool, directory }, ordered, report, findings }) => ({
          name,
          tool,
          directory,
          lineage: report,
          revisions: ordered,
          findings,
        })),
        leftOut,
      ),
    mermaid: () =>
      [
        ...judged.map(
          ({ project, history, report }) => `%% ${plainLine(project.name)}\n${lineageMermaid(history, report)}\n`,
        ),
        ...leftOutLines.map((line) => `%% ${line}\n`),
      ].join("\n"),
  };
  print(reports[options.format](), options);
  return judged.some(({ findings }) => findings.some(({ severity }) => severity === "error"))
    ? exitCodes.failed
    : exitCodes.passed;
}
