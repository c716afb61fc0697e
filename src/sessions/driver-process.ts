import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Duplex, Readable } from "node:stream";
import { ConfigurationError, ToolError } from "../errors.ts";
import type { DriverAnswer, DriverRemark, DriverRequest } from "./driver-protocol.ts";

/** How much of a driver's output is kept to explain its end, in characters. */
const keptOutput = 65_536;
/** How long a driver may take to end by itself once its pipe is closed, in milliseconds. */
const endsWithinMs = 2_000;
/** How long output may still arrive after the driver's end, in milliseconds; a child of its own may hold the pipe open. */
const outputWithinMs = 500;

/** The driver's process ended, so that it will not answer. The message is its last line of output, as it wrote it. */
export class DriverEnded extends Error {
  override readonly name = "DriverEnded";
  /** `exit code 1` or `signal SIGKILL`. */
  readonly how: string;

  constructor(how: string, lastLine: string) {
    super(lastLine);
    this.how = how;
  }
}

/** A running driver. Requests are sent one after the other, in the order they are made. */
export interface DriverProcess {
  /**
   * @param begins called for each revision that the driver says it begins, before it does
   * @throws DriverEnded when the process ends before it answers
   * @throws ToolError when its answer is not one
   */
  request(request: DriverRequest, begins?: (revision: string) => void): Promise<DriverAnswer>;
  /** Ends the driver and whatever it has started, at once. */
  kill(): void;
  /** Resolves when nothing of it runs any more. */
  close(): Promise<void>;
}

/**
 * Starts a driver with a pipe to it on file descriptor 3. Its output is kept, never forwarded.
 * @throws ToolError when the command cannot be run
 * @throws ConfigurationError when the directory does not exist
 */
export async function startDriver(
  command: readonly string[],
  options: { readonly directory: string; readonly environment: Readonly<Record<string, string>> },
): Promise<DriverProcess> {
  const [executable, ...args] = command;
  if (executable === undefined) throw new ToolError("There is no command to run the migrations with.");
  // Node reports a missing working directory as if the command were missing.
  if (!existsSync(options.directory))
    throw new ConfigurationError(`The directory ${options.directory} does not exist.`);

  const child = spawn(executable, args, {
    cwd: options.directory,
    env: { ...options.environment },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    // A process group of its own: killing it takes along what migrations have started.
    detached: true,
  });
  const kill = () => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      child.kill("SIGKILL");
    }
  };

  let output = "";
  for (const stream of [child.stdout, child.stderr] as Readable[]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output = (output + chunk).slice(-keptOutput);
    });
  }

  const ended = new Promise<DriverEnded>((resolve) => {
    child.once("exit", (code, signal) => {
      kill();
      const tell = () => resolve(new DriverEnded(signal ? `signal ${signal}` : `exit code ${code}`, lastLine(output)));
      const timer = setTimeout(tell, outputWithinMs);
      child.once("close", () => {
        clearTimeout(timer);
        tell();
      });
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (cause: NodeJS.ErrnoException) =>
      reject(new ToolError(`Could not run \`${executable}\`: ${spawnFault(cause)}.`, { cause })),
    );
  });

  const pipe = child.stdio[3] as Duplex;
  // A broken pipe is the end of the process, and that is told by its exit.
  pipe.on("error", () => {});
  const answers = answerLines(pipe);
  let turn: Promise<unknown> = Promise.resolve();

  return {
    request(request, begins = () => {}) {
      const say = async (said: DriverRequest): Promise<DriverAnswer | DriverRemark> => {
        const line = answers.next();
        pipe.write(`${JSON.stringify(said)}\n`);
        const first = await Promise.race([line, ended]);
        if (first instanceof DriverEnded) throw first;
        try {
          return JSON.parse(first) as DriverAnswer | DriverRemark;
        } catch (cause) {
          kill();
          throw new ToolError("The process that runs the migrations gave an answer that cannot be read.", { cause });
        }
      };
      const answer = turn.then(async () => {
        let said = await say(request);
        while ("begins" in said) {
          begins(said.begins);
          said = await say({ op: "heard" });
        }
        return said;
      });
      turn = answer.catch(() => {});
      return answer;
    },
    kill,
    async close() {
      pipe.end();
      const timer = setTimeout(kill, endsWithinMs);
      await ended;
      clearTimeout(timer);
      pipe.destroy();
    },
  };
}

function answerLines(pipe: Duplex): { next(): Promise<string> } {
  const waiting: ((line: string) => void)[] = [];
  let parts: string[] = [];
  pipe.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = chunk.split("\n");
    for (const [index, piece] of lines.entries()) {
      parts.push(piece);
      if (index === lines.length - 1) return;
      waiting.shift()?.(parts.join(""));
      parts = [];
    }
  });
  return { next: () => new Promise((resolve) => waiting.push(resolve)) };
}

function lastLine(output: string): string {
  return output.trimEnd().split(/\r?\n/).at(-1)?.trim() ?? "";
}

function spawnFault(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "ENOENT":
      return "there is no such command";
    case "EACCES":
      return "it may not be executed";
    default:
      return error.code ?? error.message;
  }
}
