import { configurationPaths } from "../repository/configuration-paths.ts";
import type { Files } from "../files.ts";
import type { Project } from "../project.ts";
import { installSteps } from "./install-steps.ts";
import { pinnedActions } from "./pinned-actions.ts";

/**
 * The workflow that gates pull requests and the merge queue.
 * @param action how the workflow names this action, for example `owner/headgate@v1`
 */
export function gateWorkflow(projects: readonly Project[], files: Files, action: string): string {
  const steps = [
    [
      `- uses: ${pinnedActions.checkout}`,
      "  with:",
      "    fetch-depth: 0 # to know which revisions are new",
      "    persist-credentials: false # migrations are code; they get no token",
    ],
    ...installSteps(projects, files),
    [`- uses: ${action}`],
  ];
  return `${[
    "name: Headgate",
    "on:",
    "  pull_request:",
    "  merge_group:",
    "permissions: {}",
    "concurrency:",
    "  group: headgate-${{ github.event.pull_request.number || github.ref }}",
    "  cancel-in-progress: ${{ github.event_name == 'pull_request' }}",
    "jobs:",
    "  migrations:",
    "    name: migrations",
    "    runs-on: ubuntu-latest",
    "    permissions:",
    "      contents: read",
    "      pull-requests: write # for the comment",
    "    steps:",
    ...steps.flat().map((line) => `      ${line}`),
  ].join("\n")}\n`;
}

/**
 * The workflow that judges the open pull requests again whenever the migrations of the branch they go into have changed.
 * @param branch that branch
 * @param action how the workflow names this action
 */
export function watchWorkflow(projects: readonly Project[], branch: string, action: string): string {
  const folders = projects.flatMap(({ migrations }) => migrations);
  const paths = [...[...new Set(folders)].map((folder) => `${escaped(folder)}/**`), ...configurationPaths];
  return `${[
    "name: Headgate watch",
    "on:",
    "  push:",
    `    branches: [${JSON.stringify(escaped(branch))}]`,
    ...(folders.length === 0 || folders.includes(".")
      ? []
      : ["    paths:", ...paths.map((path) => `      - ${JSON.stringify(path)}`)]),
    "  workflow_dispatch:",
    "permissions: {}",
    "concurrency:",
    "  group: headgate-watch-${{ github.ref }}",
    "  cancel-in-progress: false # what a run has said stays true until the next has said it",
    "jobs:",
    "  open-pull-requests:",
    "    name: open pull requests",
    "    runs-on: ubuntu-latest",
    "    permissions:",
    "      contents: read",
    "      pull-requests: read # to list them",
    "      statuses: write # to say on their commits whether they still fit",
    "    steps:",
    `      - uses: ${pinnedActions.checkout}`,
    "        with:",
    "          fetch-depth: 0",
    "          persist-credentials: false",
    `      - uses: ${action}`,
    "        with:",
    "          mode: watch # reads what git has; runs nothing of a pull request's",
  ].join("\n")}\n`;
}

/**
 * The workflow that brings the database to what was merged, once somebody has said where it is.
 * @param branch what is merged into
 * @param action how the workflow names this action
 */
export function applyWorkflow(projects: readonly Project[], files: Files, branch: string, action: string): string {
  const databases = databasesOf(projects);
  const steps = [
    [
      `- uses: ${pinnedActions.checkout}`,
      "  with:",
      "    fetch-depth: 0 # to know through which pull request a migration came in",
      "    persist-credentials: false",
    ],
    ...installSteps(projects, files),
    ...databases.map(({ project, targets, secret }) => [
      `- uses: ${action}`,
      "  with:",
      "    mode: apply",
      ...(project === undefined ? [] : [`    project: ${JSON.stringify(project)}`]),
      ...(targets.length > 0 ? ["  env: # no migration gets to see them"] : []),
      ...targets.map((variable) => `    ${variable}: \${{ secrets.${variable} }}`),
      ...(targets.length > 0 ? [] : [`    database-url: \${{ secrets.${secret} }} # no migration gets to see it`]),
    ]),
  ];
  return `${[
    "# Brings the database to what was merged. It does nothing before the repository has the variable",
    `# ${applyVariable} (with the value true), and the environment production the secrets that are named below.`,
    "name: Headgate apply",
    "on:",
    "  push:",
    `    branches: [${JSON.stringify(escaped(branch))}]`,
    "  workflow_dispatch:",
    "permissions: {}",
    "concurrency:",
    "  group: headgate-apply",
    "  cancel-in-progress: false # the next run applies what this one leaves",
    "jobs:",
    "  apply:",
    "    name: apply",
    `    if: vars.${applyVariable} == 'true'`,
    "    runs-on: ubuntu-latest",
    "    environment: production",
    "    permissions:",
    "      contents: read",
    "      pull-requests: write # to read what was checked, and to tell what was applied",
    "    steps:",
    ...steps.flat().map((line) => `      ${line}`),
  ].join("\n")}\n`;
}

/** The variable of the repository that switches applying on. */
export const applyVariable = "HEADGATE_APPLY";

/** The secrets of the environment that hold the connection strings of production. */
export const databaseSecrets = (projects: readonly Project[]): readonly string[] =>
  databasesOf(projects).flatMap(({ targets, secret }) => (targets.length > 0 ? targets : [secret]));

interface ProductionDatabase {
  /** Absent where there is but one. */
  readonly project?: string;
  /** The environment variables that the project's own `targets:` name; empty where it has none. */
  readonly targets: readonly string[];
  readonly secret: string;
}

/** The database of each project; one where no project is known yet. */
function databasesOf(projects: readonly Project[]): readonly ProductionDatabase[] {
  const secret = "HEADGATE_DATABASE_URL";
  if (projects.length === 0) return [{ targets: [], secret }];
  return projects.map(({ name, targets }) => ({
    ...(projects.length === 1 ? {} : { project: name }),
    targets: [...new Set(targets?.databases.map(({ variable }) => variable))],
    secret: projects.length === 1 ? secret : `${secret}_${name.toUpperCase().replaceAll(/\W+/g, "_")}`,
  }));
}

/** A name in which a workflow's filter reads no pattern. */
const escaped = (name: string): string => name.replaceAll(/[*?+[\]!\\]/g, "\\$&");

/**
 * The workflow that comments on pull requests from forks, whose own runs may not.
 * @param action how the workflow names this action
 */
export function commentWorkflow(action: string): string {
  return `${[
    "# Comments what Headgate found on pull requests from forks, whose own runs may not comment. It checks out nothing and runs",
    "# nothing of theirs: what their runs left is read as a stranger's text.",
    "name: Headgate comment",
    "on:",
    "  workflow_run: # zizmor: ignore[dangerous-triggers] no code of the run that ended is run",
    "    workflows: [Headgate]",
    "    types: [completed]",
    "permissions: {}",
    "concurrency:",
    "  group: headgate-comment-${{ github.event.workflow_run.head_repository.full_name }}-${{ github.event.workflow_run.head_branch }}",
    "  cancel-in-progress: true",
    "jobs:",
    "  comment:",
    "    name: comment",
    "    if: >-",
    "      github.event.workflow_run.event == 'pull_request' &&",
    "      github.event.workflow_run.head_repository.full_name != github.repository",
    "    runs-on: ubuntu-latest",
    "    permissions:",
    "      actions: read # for what the run left",
    "      pull-requests: write # for the comment",
    "    steps:",
    `      - uses: ${action}`,
    "        with:",
    "          mode: comment",
  ].join("\n")}\n`;
}
