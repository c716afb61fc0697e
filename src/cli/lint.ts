import { readFileSync, statSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import { ConfigurationError, UsageError } from "../errors.ts";
import { decodeText } from "../files/decode-text.ts";
import { repositoryRoot } from "../git/repository-root.ts";
import { lint, type LintFile, type LintProjects, supportedMajors } from "../lint.ts";
import type { LintVerdict } from "../lint-verdict.ts";
import { coverageText } from "../report/coverage-text.ts";
import { githubReport } from "../report/github.ts";
import { gitlabReport } from "../report/gitlab.ts";
import { lintText } from "../report/lint-text.ts";
import { lintMarkdown } from "../report/lint-markdown.ts";
import { sarifReport } from "../report/sarif.ts";
import { openRepository, type Repository } from "../repository.ts";
import { describedRules } from "../rules/described-rules.ts";
import { optional } from "../optional.ts";
import { statisticsIn } from "./statistics-file.ts";
import { exitCodeFor } from "../exit.ts";
import { colored, print, type ReportFormat, type SharedOptions } from "./output.ts";

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
  const named = paths.map((path) => readNamed(path));
  const repository = repositoryFor(named.length > 0, options);
  const { loose, projects } = repository ? assign(named, repository, options) : { loose: named, projects: undefined };
  const verdict = await lint({
    ...(projects ? { projects } : {}),
    loose,
    majors: majorsOf(options.postgres),
    settings: settingsOf(options.set ?? []),
    ...(repository ? { policy: repository.configuration } : {}),
    ...optional("statistics", statisticsIn(options.stats)),
    ...(options.failOn === undefined ? {} : { failOn: options.failOn }),
  });
  if (verdict.verdict === "errored" && paths.length === 0 && verdict.coverage.skipped.length > 0)
    throw new ConfigurationError(
      `There are no SQL files to judge: ${verdict.coverage.skipped.map(({ name, reason }) => `${name}: ${reason}`).join("; ")}.`,
    );
  const reports = {
    text: () => lintText(verdict, { width: process.stdout.columns ?? 100, color: colored(options) }),
    json: () => `${JSON.stringify(verdict, undefined, 2)}\n`,
    markdown: () => lintMarkdown(verdict),
    sarif: () => sarif(verdict),
    github: () => githubReport(verdict.findings),
    gitlab: () => gitlabReport(verdict.findings),
  };
  print(reports[options.format](), options);
  return exitCodeFor(verdict.verdict);
}

interface NamedFile extends LintFile {
  /** Absolute; absent for standard input. */
  readonly absolute?: string;
}

function readNamed(path: string): NamedFile {
  try {
    if (path === "-") return { path: "<stdin>", text: decodeText("standard input", readFileSync(0)) };
    if (statSync(path).isDirectory())
      throw new UsageError(
        `${path} is a directory. Name files, or use --directory ${path} to judge the projects in it.`,
      );
    return {
      path: relative(process.cwd(), path).split(sep).join("/"),
      text: decodeText(path, readFileSync(path)),
      absolute: resolve(path),
    };
  } catch (cause) {
    if (cause instanceof UsageError || cause instanceof ConfigurationError) throw cause;
    throw new UsageError(`The file ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** Files can be judged without any project around them; without files there must be one. */
function repositoryFor(hasFiles: boolean, options: LintCommandOptions): Repository | undefined {
  const { config, directory, project, base } = options;
  try {
    return openRepository({
      directory,
      alone: true,
      ...(config === undefined ? {} : { configFile: config }),
      ...(project === undefined ? {} : { project }),
      ...(base === undefined ? {} : { base }),
    });
  } catch (error) {
    if (hasFiles && error instanceof ConfigurationError && config === undefined && base === undefined) return undefined;
    throw error;
  }
}

/** Tells the files that belong to a project from those that stand alone. */
function assign(
  named: readonly NamedFile[],
  repository: Repository,
  { base }: LintCommandOptions,
): { loose: readonly LintFile[]; projects: LintProjects } {
  const { files, projects } = repository;
  const mergeBase = base === undefined ? undefined : repository.base?.mergeBase;
  if (named.length === 0) return { loose: [], projects: { files, projects, ...(mergeBase ? { mergeBase } : {}) } };
  const { root } = repositoryRoot(repository.root);
  const inRepository = (file: NamedFile): string | undefined => {
    const path = file.absolute === undefined ? undefined : relative(root, file.absolute).split(sep).join("/");
    return path === undefined || path.startsWith("../") ? undefined : path;
  };
  const owned = (path: string | undefined): boolean =>
    path !== undefined &&
    projects.some(
      ({ tool, migrations }) => tool === "sql" && migrations.some((directory) => path.startsWith(`${directory}/`)),
    );
  const inside = named.filter((file) => owned(inRepository(file)));
  const only = new Set(inside.map((file) => inRepository(file) ?? ""));
  const concerned = projects.filter(
    ({ tool, migrations }) =>
      tool === "sql" && [...only].some((path) => migrations.some((directory) => path.startsWith(`${directory}/`))),
  );
  return { loose: named.filter((file) => !inside.includes(file)), projects: { files, projects: concerned, only } };
}

function majorsOf(wanted: string | undefined): readonly number[] {
  if (wanted === undefined) return supportedMajors;
  const major = Number(/^(\d+)(?:\.\d+)?$/.exec(wanted)?.[1]);
  if (supportedMajors.some((supported) => supported === major)) return [major];
  throw new UsageError(
    `--postgres takes a version from ${supportedMajors[0]} to ${supportedMajors.at(-1)}, not ${wanted}.`,
  );
}

function settingsOf(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^\s*([A-Za-z_][\w.]*)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
      if (name === undefined || value === undefined)
        throw new UsageError(`--set takes name=value, for example lock_timeout=2s, not ${pair}.`);
      return [name.toLowerCase(), value];
    }),
  );
}

function sarif(verdict: LintVerdict): string {
  return sarifReport(verdict.findings, {
    version: verdict.headgate,
    rules: describedRules,
    complete: verdict.coverage.unread === 0,
    notes: [
      ...(verdict.coverage.unread > 0 ? [`${coverageText(verdict.coverage)}.`] : []),
      ...verdict.coverage.skipped.map(({ name, reason }) => `Not judged: ${name}: ${reason}.`),
    ],
  });
}
