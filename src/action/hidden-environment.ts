import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomBytes } from "node:crypto";

/** Says where the environment is that a process was started without. */
const handover = "HEADGATE_ENVIRONMENT_FILE";

/** What a process needs before it has read the rest: to find programs and its home, and to write as the runner reads. */
const harmless = ["PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "NODE_EXTRA_CA_CERTS"];

/**
 * Takes tokens and inputs out of what `/proc/PID/environ` shows of this process, which every program of the same user may
 * read, and so a migration too. On Linux that is the environment that a process was started with, whatever became of it
 * later; so the process is replaced by one that is started with none, and takes the variables up from a file that is gone
 * before anything of the repository runs. Elsewhere nothing happens. Returns in the new process, or where none was needed.
 */
export function hideEnvironment(environment: NodeJS.ProcessEnv = process.env): void {
  const path = environment[handover];
  if (path !== undefined) {
    delete environment[handover];
    const saved = JSON.parse(readFileSync(path, "utf8")) as Record<string, string>;
    rmSync(path);
    Object.assign(environment, saved);
    return;
  }
  const temporary = environment["RUNNER_TEMP"];
  if (process.platform !== "linux" || process.execve === undefined || !temporary) return;
  const file = join(temporary, `headgate-${randomBytes(16).toString("hex")}`);
  writeFileSync(file, JSON.stringify(environment), { mode: 0o600, flag: "wx" });
  const kept = Object.fromEntries(harmless.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])));
  try {
    process.execve(
      process.execPath,
      [process.execPath, "--disable-warning=ExperimentalWarning", ...process.execArgv, ...process.argv.slice(1)],
      { ...kept, [handover]: file },
    );
  } catch {
    rmSync(file);
  }
}
