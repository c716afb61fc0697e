import { posix } from "node:path";
import { configurationPaths } from "../repository/configuration-paths.ts";
import type { Files } from "../files.ts";
import type { Project } from "../project.ts";

/** Actions by the commits of their releases: a tag can be moved. */
const pinnedActions = {
  checkout: "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
  setupNode: "actions/setup-node@820762786026740c76f36085b0efc47a31fe5020 # v7.0.0",
  setupPython: "actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0",
} as const;

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
    ...nodeSteps(projects, files),
    ...pythonSteps(projects, files),
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
  const paths = [...distinct(folders).map((folder) => `${escaped(folder)}/**`), ...configurationPaths];
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
  const steps = [
    [
      `- uses: ${pinnedActions.checkout}`,
      "  with:",
      "    fetch-depth: 0 # to know through which pull request a migration came in",
      "    persist-credentials: false",
    ],
    ...nodeSteps(projects, files),
    ...pythonSteps(projects, files),
    [
      `- uses: ${action}`,
      "  with:",
      "    mode: apply",
      `    database-url: \${{ secrets.${databaseSecret} }} # no migration gets to see it`,
    ],
  ];
  return `${[
    "# Brings the database to what was merged. It does nothing before the repository has the variable",
    `# ${applyVariable} (with the value true), and the environment production the secret ${databaseSecret}.`,
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
/** The secret of the repository that holds the connection string of production. */
export const databaseSecret = "HEADGATE_DATABASE_URL";

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

function nodeSteps(projects: readonly Project[], files: Files): readonly (readonly string[])[] {
  const directories = distinct(projects.filter(({ tool }) => tool === "mikro-orm").map((one) => one.directory));
  if (directories.length === 0) return [];
  return [
    [`- uses: ${pinnedActions.setupNode}`, "  with:", "    node-version: 24", "    package-manager-cache: false"],
    ...distinct(
      directories.map((directory) => nearest(files, directory, Object.keys(nodeInstalls)) ?? `${directory}/.`),
    ).map((found) => install(posix.dirname(found), nodeInstalls[posix.basename(found)] ?? "npm install")),
  ];
}

const nodeInstalls: Readonly<Record<string, string>> = {
  "package-lock.json": "npm ci",
  "npm-shrinkwrap.json": "npm ci",
  "pnpm-lock.yaml": "npx pnpm install --frozen-lockfile",
  "yarn.lock": "npx yarn install --frozen-lockfile",
};

function pythonSteps(projects: readonly Project[], files: Files): readonly (readonly string[])[] {
  const directories = distinct(projects.filter(({ tool }) => tool === "alembic").map((one) => one.directory));
  if (directories.length === 0) return [];
  return [
    [`- uses: ${pinnedActions.setupPython}`, "  with:", '    python-version: "3.13"'],
    ...distinct(
      directories.map((directory) => nearest(files, directory, Object.keys(pythonInstalls)) ?? `${directory}/.`),
    ).map((found) =>
      install(
        posix.dirname(found),
        pythonInstalls[posix.basename(found)] ?? "python -m pip install alembic psycopg2-binary",
      ),
    ),
  ];
}

const pythonInstalls: Readonly<Record<string, string>> = {
  "uv.lock": "python -m pip install uv && uv sync --locked",
  "poetry.lock": "python -m pip install poetry && poetry config virtualenvs.in-project true && poetry install",
  "requirements.txt": "python -m pip install -r requirements.txt",
  "pyproject.toml": "python -m pip install .",
};

const install = (directory: string, command: string): readonly string[] => [
  `- run: ${command}`,
  ...(directory === "." ? [] : [`  working-directory: ${JSON.stringify(directory)}`]),
];

/** The first of these names that exists in the directory, or else in the closest one above it. */
function nearest(files: Files, directory: string, names: readonly string[]): string | undefined {
  for (let current = directory; ; current = posix.dirname(current)) {
    const found = names.map((name) => posix.join(current, name)).find((path) => files.exists(path));
    if (found !== undefined || current === ".") return found;
  }
}

const distinct = (values: readonly string[]): readonly string[] => [...new Set(values)];
