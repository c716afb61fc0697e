import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readConfiguration } from "../repository/read-configuration.ts";
import { configurationPaths } from "../repository/configuration-paths.ts";
import { ConfigurationError, UsageError } from "../errors.ts";
import { workingTree } from "../files/working-tree.ts";
import type { Files } from "../files.ts";
import { repositoryRoot } from "../git/repository-root.ts";
import { askGit } from "../git/run-git.ts";
import type { Project } from "../project.ts";
import { plainLine } from "../report/plain-text.ts";
import { configPath } from "../repository/repository.ts";
import { selectProjects } from "../repository/select-projects.ts";
import { tools } from "../tools/registry.ts";
import { exitCodes } from "../exit.ts";
import { optional } from "../optional.ts";
import { print, type SharedOptions } from "./output.ts";
import {
  applyVariable,
  applyWorkflow,
  commentWorkflow,
  databaseSecrets,
  gateWorkflow,
  watchWorkflow,
} from "./workflows.ts";

/** The options of `headgate init`, as the command line gives them. */
export interface InitOptions extends SharedOptions {
  /** How workflows name the action. */
  readonly action: string;
  /** Whether pull requests from forks are to be commented on. */
  readonly forks?: boolean;
}

const workflowPath = ".github/workflows/headgate.yml";
const applyPath = ".github/workflows/headgate-apply.yml";
const watchPath = ".github/workflows/headgate-watch.yml";
const commentWorkflowPath = ".github/workflows/headgate-comment.yml";

const configurationStart = `# Headgate found no project by itself. Say where the migrations are, and what runs them:
# alembic, mikro-orm or sql.
projects:
  - directory: .
    tool: sql
    migrations: migrations
`;

/**
 * Writes what a repository needs to be gated on pull requests, and says what it wrote. Never overwrites a file.
 * @throws UsageError when a file cannot be written
 */
export function init(options: InitOptions): number {
  const { directory, action, forks = false, quiet = false } = options;
  const { root } = repositoryRoot(directory);
  const files = workingTree(root);
  const projects = foundProjects(files, root, options);
  const branch = defaultBranch(root);
  const secrets = databaseSecrets(projects ?? []);
  const wanted = [
    ...(projects === undefined ? [{ path: configurationPaths[0], text: configurationStart }] : []),
    { path: workflowPath, text: gateWorkflow(projects ?? [], files, action) },
    { path: watchPath, text: watchWorkflow(projects ?? [], branch, action) },
    { path: applyPath, text: applyWorkflow(projects ?? [], files, branch, action) },
    ...(forks ? [{ path: commentWorkflowPath, text: commentWorkflow(action) }] : []),
  ];
  const lines = wanted.map(({ path, text }) => `${writeNew(root, path, text) ? "wrote" : "kept "} ${path}`);
  const found = (projects ?? []).map(({ name, tool }) => `found ${plainLine(name)} (${tool})`);
  const next = [
    ...(projects === undefined ? [`Say in ${configurationPaths[0]} where the migrations are.`] : []),
    ...(action.startsWith("OWNER/")
      ? [
          `Replace OWNER in ${[workflowPath, watchPath, applyPath, ...(forks ? [commentWorkflowPath] : [])].join(", ")} by the account that Headgate is published under.`,
        ]
      : []),
    "Then commit and open a pull request.",
    `When merges are to reach production: set the variable ${applyVariable} to true, and in the environment production ${secrets.length === 1 ? "the secret" : "the secrets"} ${secrets.join(", ")}.`,
  ];
  if (!quiet) print(`${[...found, ...lines, "", ...next].join("\n")}\n`, options);
  return exitCodes.passed;
}

/** The branch that pull requests go into, as far as the clone knows. */
function defaultBranch(root: string): string {
  const origin = askGit(root, ["symbolic-ref", "--short", "refs/remotes/origin/HEAD"]);
  return origin?.replace(/^origin\//, "") ?? "main";
}

/** The projects, as the configuration says them or as they are detected; `undefined` where there is neither. */
function foundProjects(files: Files, root: string, { config, project }: InitOptions): readonly Project[] | undefined {
  const isConfigured = config !== undefined || configurationPaths.some((path) => files.exists(path));
  try {
    return selectProjects(files, readConfiguration(files, configPath(root, config)), tools, {
      directory: ".",
      ...optional("project", project),
    });
  } catch (error) {
    if (isConfigured || !(error instanceof ConfigurationError)) throw error;
    return undefined;
  }
}

/** Whether the file was written; it is not where one is there already. */
function writeNew(root: string, path: string, text: string): boolean {
  try {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { flag: "wx" });
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw new UsageError(`${path} could not be written: ${(cause as Error).message}`, { cause });
  }
}
