import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { promisify } from "node:util";
import { ToolError } from "../errors.ts";
import { childEnvironment } from "./child-environment.ts";

const run = promisify(execFile);
/** How long a question to an interpreter or a package manager may take, in milliseconds. */
const timeoutMs = 20_000;

/** A Python that has Alembic. */
export interface PythonInterpreter {
  /** What to run, as the beginning of an argument list. */
  readonly command: readonly string[];
  /** Where it was found, for people: `the virtual environment .venv`. */
  readonly how: string;
}

interface Candidate {
  readonly python: string;
  readonly how: string;
}

/**
 * The interpreter of a project: the one told, else the active virtual environment, a `.venv` or `venv` in `directory` or
 * above it up to `root` (as uv makes it), what uv, Poetry or Pipenv keep elsewhere, or the machine's. Only one that has Alembic counts.
 * @param told path (relative to the project or the repository) or command from the configuration
 * @throws ToolError naming what was tried and what to do
 */
export async function findPython(
  root: string,
  directory: string,
  told?: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<PythonInterpreter> {
  const variables = childEnvironment(environment, undefined);
  const tried: string[] = [];
  const candidates =
    told === undefined ? found(root, directory, environment, variables) : [asTold(root, directory, told)];
  for await (const { python, how } of candidates) {
    const fault = await whyNot(python, variables);
    if (fault === undefined) return { command: [python], how };
    tried.push(`${how} (${fault})`);
  }
  const what =
    told === undefined
      ? "No Python with Alembic was found for the project."
      : "The configured interpreter cannot be used.";
  throw new ToolError(
    `${what} Tried ${tried.join(", ")}. Install the project's requirements into one of them, for example with ` +
      `\`${installation(upwards(directory, root))}\`, or name the interpreter with \`interpreter:\` in headgate.yml.`,
  );
}

/** The command that makes an environment of what the nearest folder says that it needs. */
function installation(folders: readonly string[]): string {
  const has = (name: string) => (folder: string) => existsSync(join(folder, name));
  const manifests = ["uv.lock", "poetry.lock", "Pipfile", "requirements.txt", "pyproject.toml"];
  const folder = folders.find((one) => manifests.some((name) => has(name)(one)));
  const pip = "python3 -m venv .venv && .venv/bin/pip install";
  if (folder === undefined) return `${pip} alembic psycopg2-binary`;
  if (has("uv.lock")(folder)) return "uv sync";
  if (isPoetryProject(folder)) return "poetry install";
  if (has("Pipfile")(folder)) return "pipenv install";
  return has("requirements.txt")(folder) ? `${pip} -r requirements.txt` : `${pip} .`;
}

function asTold(root: string, directory: string, told: string): Candidate {
  const isPath = /[\\/]/.test(told);
  const places = isAbsolute(told) ? [told] : [join(directory, told), join(root, told)];
  const python = isPath ? (places.find((place) => existsSync(place)) ?? places[0] ?? told) : told;
  return { python, how: `\`${told}\`` };
}

async function* found(
  root: string,
  directory: string,
  environment: NodeJS.ProcessEnv,
  variables: Record<string, string>,
): AsyncGenerator<Candidate> {
  const active = environment["VIRTUAL_ENV"];
  if (active) yield { python: inEnvironment(active), how: `the active virtual environment ${active}` };
  const folders = upwards(directory, root);
  for (const folder of folders)
    for (const name of [".venv", "venv"]) {
      const python = join(folder, name, "bin", "python");
      if (existsSync(python)) yield { python, how: `the virtual environment ${join(folder, name)}` };
    }
  const uv = environment["UV_PROJECT_ENVIRONMENT"];
  const uvProject = folders.find((folder) => existsSync(join(folder, "uv.lock")));
  if (uv && uvProject !== undefined)
    yield { python: inEnvironment(resolve(uvProject, uv)), how: `the environment of uv in ${uv}` };
  for (const { title, isProject, command } of packageManagers) {
    const folder = folders.find(isProject);
    if (folder === undefined) continue;
    const path = await ask(command, folder, variables);
    if (path !== undefined) yield { python: inEnvironment(path), how: `the environment of ${title}` };
  }
  for (const python of ["python3", "python"]) yield { python, how: `\`${python}\`` };
}

const inEnvironment = (path: string): string => join(path, "bin", "python");

/** Those that keep environments outside the project. None of these commands creates one. */
const packageManagers = [
  { title: "Poetry", isProject: isPoetryProject, command: ["poetry", "env", "info", "--path"] },
  {
    title: "Pipenv",
    isProject: (folder: string) => existsSync(join(folder, "Pipfile")),
    command: ["pipenv", "--venv"],
  },
] as const;

function isPoetryProject(folder: string): boolean {
  if (existsSync(join(folder, "poetry.lock"))) return true;
  try {
    return /^\[tool\.poetry\b/m.test(readFileSync(join(folder, "pyproject.toml"), "utf8"));
  } catch {
    return false;
  }
}

function upwards(directory: string, root: string): readonly string[] {
  const folders = [directory];
  for (let folder = directory; folder !== root && dirname(folder) !== folder;) {
    folder = dirname(folder);
    folders.push(folder);
  }
  return folders.includes(root) ? folders : [directory];
}

async function ask(
  [command, ...args]: readonly [string, ...string[]],
  cwd: string,
  env: Record<string, string>,
): Promise<string | undefined> {
  try {
    const { stdout } = await run(command, args, { cwd, env, timeout: timeoutMs });
    return stdout.trim().split("\n").at(-1)?.trim() || undefined;
  } catch {
    return undefined;
  }
}

/** `undefined` when the interpreter can import Alembic. */
async function whyNot(python: string, env: Record<string, string>): Promise<string | undefined> {
  // A folder named `alembic` without code is not the package.
  const probe = "import importlib.util as u, sys; s = u.find_spec('alembic'); sys.exit(0 if s and s.origin else 3)";
  try {
    // Not in the project: its own folders must not stand in for the package.
    await run(python, ["-B", "-c", probe], { cwd: "/", env, timeout: timeoutMs });
    return undefined;
  } catch (error) {
    const { code } = error as { code?: number | string };
    if (code === 3) return "without Alembic";
    return code === "ENOENT" ? "not there" : "does not run";
  }
}
