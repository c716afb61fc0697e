import { UsageError } from "../errors.ts";
import { lintRepository } from "../lint-repository.ts";
import type { LintVerdict } from "../lint-verdict.ts";
import { optional } from "../optional.ts";
import { supportedMajors } from "../postgres/supported-majors.ts";
import { settingMs } from "../schema/settings.ts";
import { loadPgQuery } from "../sql/pg-query.ts";
import type { Statistics } from "../stats/statistics.ts";
import { exitCodeFor } from "../exit.ts";
import { readNamed } from "./named-file.ts";
import { type ReportFormat, type SharedOptions, print, terminal } from "./output.ts";

/** The options of `headgate lint`, as the command line gives them. */
export interface LintCommandOptions extends SharedOptions {
  readonly format: ReportFormat;
  readonly postgres?: string;
  readonly stats?: string;
  readonly base?: string;
  readonly failOn?: "error" | "warning";
  /** `name=value` each. */
  readonly set?: readonly string[];
}

/** Judges the named files, or every SQL project of the repository, and prints what it finds; gives the exit code. */
export async function lintCommand(paths: readonly string[], options: LintCommandOptions): Promise<number> {
  const { config, directory, project, base, failOn } = options;
  // The parser is made ready while the files are read; who uses it waits for it.
  void loadPgQuery();
  const verdict = await lintRepository({
    directory,
    files: paths.map(readNamed),
    majors: majorsOf(options.postgres),
    settings: settingsOf(options.set ?? []),
    ...optional("configFile", config),
    ...optional("project", project),
    ...optional("base", base),
    ...optional("statistics", await statisticsOf(options.stats)),
    ...optional("failOn", failOn),
  });
  print(await reportOf(verdict, options), options);
  return exitCodeFor(verdict.verdict);
}

/** What the file of `--stats` holds. */
async function statisticsOf(file: string | undefined): Promise<Statistics | undefined> {
  return file === undefined ? undefined : (await import("./statistics-file.ts")).statisticsIn(file);
}

function majorsOf(wanted: string | undefined): readonly number[] {
  if (wanted === undefined) return supportedMajors;
  const major = Number(/^(\d+)(?:\.\d+)?$/.exec(wanted)?.[1]);
  if (supportedMajors.some((supported) => supported === major)) return [major];
  throw new UsageError(
    `--postgres takes a version from ${supportedMajors[0]} to ${supportedMajors.at(-1)}, not ${wanted}.`,
  );
}

/** The settings that are times. */
const timeouts: ReadonlySet<string> = new Set(["lock_timeout", "statement_timeout"]);

function settingsOf(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^\s*([A-Za-z_][\w.]*)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
      if (name === undefined || value === undefined)
        throw new UsageError(`--set takes name=value, for example lock_timeout=2s, not ${pair}.`);
      const setting = name.toLowerCase();
      if (timeouts.has(setting) && settingMs({ [setting]: value }, setting) === undefined)
        throw new UsageError(
          `--set ${setting}: PostgreSQL takes a time, for example 2s, and refuses ${value || "none"}.`,
        );
      return [setting, value];
    }),
  );
}

async function reportOf(verdict: LintVerdict, options: LintCommandOptions): Promise<string> {
  switch (options.format) {
    case "text": {
      const { lintText } = await import("../report/lint-text.ts");
      return lintText(verdict, terminal(options));
    }
    case "json":
      return `${JSON.stringify(verdict, undefined, 2)}\n`;
    case "markdown":
      return (await import("../report/lint-markdown.ts")).lintMarkdown(verdict);
    case "sarif": {
      const [{ lintSarif }, { describedRules }] = await Promise.all([
        import("../report/lint-sarif.ts"),
        import("../rules/described-rules.ts"),
      ]);
      return lintSarif(verdict, describedRules);
    }
    case "github":
      return (await import("../report/github.ts")).githubReport(verdict.findings);
    case "gitlab":
      return (await import("../report/gitlab.ts")).gitlabReport(verdict.findings);
  }
}
