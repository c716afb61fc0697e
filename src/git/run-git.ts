import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** What one git command answered. `status` is its exit code, or `undefined` when git could not be started at all. */
export interface GitAnswer {
  readonly status: number | undefined;
  readonly stdout: Buffer;
  /** In English, trimmed. */
  readonly stderr: string;
}

/** What git needs to find itself, its configuration, its temporary folder and a remote behind a proxy. Nothing else of the environment is handed on. */
const passedOn = [
  "PATH",
  "HOME",
  "XDG_CONFIG_HOME",
  "USERPROFILE",
  "SYSTEMROOT",
  "TMPDIR",
  "TEMP",
  "TMP",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "SSL_CERT_FILE",
  "GIT_SSL_CAINFO",
  "GIT_CONFIG_GLOBAL",
  "GIT_CONFIG_SYSTEM",
  "GIT_CONFIG_NOSYSTEM",
  "GIT_CEILING_DIRECTORIES",
];

const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    passedOn.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  ),
  GIT_OPTIONAL_LOCKS: "0",
  GIT_TERMINAL_PROMPT: "0",
  LC_ALL: "C",
});

/** A repository's own configuration may name programs to run at every command; reading a history needs none of them. */
const settings = ["core.quotepath=off", "core.fsmonitor=false", "core.hooksPath=/dev/null"];

/** A clone without its file contents fetches them when they are first read. */
const timeLimitMs = 120_000;

/** Variables for one git command, on top of the few that every one gets. */
export type GitEnvironment = Readonly<Record<string, string>>;

/** Runs git in a directory, with no shell, and waits for it. Never throws: a failure is in the answer. */
export function runGit(
  directory: string,
  args: readonly string[],
  { input, environment: added }: { readonly input?: string; readonly environment?: GitEnvironment } = {},
): GitAnswer {
  if (!existsSync(directory))
    return { status: undefined, stdout: Buffer.alloc(0), stderr: `The directory ${directory} does not exist` };
  const { status, stdout, stderr, error } = spawnSync(
    "git",
    ["--literal-pathspecs", ...settings.flatMap((setting) => ["-c", setting]), ...args],
    {
      cwd: directory,
      env: { ...environment(), ...added },
      maxBuffer: Infinity,
      timeout: timeLimitMs,
      stdio: ["pipe", "pipe", "pipe"],
      ...(input === undefined ? {} : { input }),
    },
  );
  const missing = (error as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
  return {
    status: status ?? undefined,
    stdout: stdout ?? Buffer.alloc(0),
    stderr: missing ? "git is not installed" : stderr?.toString().trim() || (error?.message ?? ""),
  };
}

/** What a successful command printed, without the line end; `undefined` when it failed or printed nothing. */
export function askGit(directory: string, args: readonly string[]): string | undefined {
  const { status, stdout } = runGit(directory, args);
  return status === 0 ? stdout.toString().replace(/\r?\n$/, "") || undefined : undefined;
}

/** Why git does not work in this directory, in a sentence; `undefined` when it does. */
export function whyNoGit(directory: string): string | undefined {
  const { status, stderr } = runGit(directory, ["rev-parse", "--git-dir"]);
  if (status === 0) return undefined;
  if (status === undefined) return `${stderr}.`;
  if (stderr.includes("dubious ownership"))
    return (
      `git refuses to read ${directory} because it belongs to another user. ` +
      `Run git config --global --add safe.directory '*' (or with the repository's path) as the user that runs Headgate.`
    );
  if (stderr.includes("not a git repository")) return "this is not a git repository.";
  return `git failed: ${stderr.split("\n")[0]?.replace(/^fatal: /, "")}.`;
}
