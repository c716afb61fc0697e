import { spawn } from "node:child_process";

/** What a shell does for us when we are gone. */
export interface LastAct {
  /** What the shell is called in a list of processes. */
  readonly name: string;
  /** In the language of the shell; `$1` is what it is about. */
  readonly script: string;
  readonly about: string;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Starts a shell that waits and does something when this process ends without a word, also by `kill -9`. It keeps nobody from
 * ending, and stands in a process group of its own, so that Ctrl-C in a terminal does not reach it.
 * @returns what ends the watch, with nothing done
 */
export function startWatcher({ name, script, about, environment }: LastAct): () => void {
  const waiting = `trap : HUP INT TERM QUIT; read -r done || { ${script}; }`;
  const watcher = spawn("/bin/sh", ["-c", waiting, name, about], {
    cwd: "/",
    env: environment,
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  watcher.on("error", () => {});
  watcher.stdin.on("error", () => {});
  watcher.unref();
  (watcher.stdin as unknown as { unref(): void }).unref();
  return () => watcher.stdin.end("done\n");
}
