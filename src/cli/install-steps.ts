import { posix } from "node:path";
import type { Files } from "../files.ts";
import type { Project } from "../project.ts";
import { pinnedActions } from "./pinned-actions.ts";

/** A step of a workflow, its lines without their indentation. */
type Step = readonly string[];

/** Whose tools run in which runtime, and what installs them: by the file that says so, the surest first. */
const runtimes = [
  {
    tool: "mikro-orm",
    setup: [
      `- uses: ${pinnedActions.setupNode}`,
      "  with:",
      "    node-version: 24",
      "    package-manager-cache: false",
    ],
    installs: {
      "package-lock.json": "npm ci",
      "npm-shrinkwrap.json": "npm ci",
      "pnpm-lock.yaml": "npx pnpm install --frozen-lockfile",
      "yarn.lock": "npx yarn install --frozen-lockfile",
    },
    otherwise: "npm install",
  },
  {
    tool: "alembic",
    setup: [`- uses: ${pinnedActions.setupPython}`, "  with:", '    python-version: "3.13"'],
    installs: {
      "uv.lock": "python -m pip install uv && uv sync --locked",
      "poetry.lock": "python -m pip install poetry && poetry config virtualenvs.in-project true && poetry install",
      "requirements.txt": "python -m pip install -r requirements.txt",
      "pyproject.toml": "python -m pip install .",
    },
    otherwise: "python -m pip install alembic psycopg2-binary",
  },
] as const satisfies readonly {
  readonly tool: Project["tool"];
  readonly setup: Step;
  readonly installs: Readonly<Record<string, string>>;
  readonly otherwise: string;
}[];

/** The steps that install what the projects' own tools need. */
export const installSteps = (projects: readonly Project[], files: Files): readonly Step[] =>
  runtimes.flatMap(({ tool, setup, installs, otherwise }) => {
    const commands = new Map<string, string>(Object.entries(installs));
    const found = projects
      .filter((project) => project.tool === tool)
      .map(({ directory }) => nearest(files, directory, [...commands.keys()]) ?? `${directory}/.`);
    const steps = [...new Set(found)].map((path) =>
      run(commands.get(posix.basename(path)) ?? otherwise, posix.dirname(path)),
    );
    return steps.length === 0 ? [] : [setup, ...steps];
  });

const run = (command: string, directory: string): Step => [
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
