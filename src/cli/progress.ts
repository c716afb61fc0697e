import ora from "ora";
import { plainLine } from "../report/plain-text.ts";

/** Shows on standard error what is being done, and only on a terminal. */
export interface Progress {
  say(step: string): void;
  end(): void;
}

/** Starts showing progress; nothing is shown where standard error is no terminal, or when `quiet`. */
export function startProgress(quiet: boolean): Progress {
  if (quiet || !process.stderr.isTTY) return { say: () => {}, end: () => {} };
  // Signals are ours to handle: the database has to be removed first.
  const spinner = ora({ stream: process.stderr, discardStdin: false }).start("starting");
  const columns = () => Math.max(20, (process.stderr.columns ?? 80) - 3);
  return {
    say: (step) => {
      spinner.text = plainLine(step).slice(0, columns());
    },
    end: () => {
      spinner.stop();
    },
  };
}
