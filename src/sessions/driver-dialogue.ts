import { performance } from "node:perf_hooks";
import { ConfigurationError, ToolError } from "../errors.ts";
import { optional } from "../optional.ts";
import { DriverEnded, type DriverProcess } from "./driver-process.ts";
import type { DriverAnswer, DriverRequest } from "./driver-protocol.ts";
import { redact } from "./redact.ts";
import type { HeldOutcome, StepOutcome } from "./session.ts";

/** What a driver answers where it could do what it was asked. */
export type AnswerResult = Extract<DriverAnswer, { ok: true }>["result"];

/** What is asked of a driver, and what its answers mean. */
export interface DriverDialogue {
  /**
   * @throws ToolError when the process ends, or what is wrong is the tool's
   * @throws ConfigurationError when a file of the project is at fault; the message begins with the file
   */
  ask(request: DriverRequest): Promise<AnswerResult>;
  /** Has a step taken. @param revision said where the driver does not say which one failed */
  outcomeOf(request: DriverRequest, revision: string): Promise<HeldOutcome>;
  /** What a step came to whose process ended; `start` as `performance.now` gave it. @throws what is no such end */
  died(error: unknown, revision: string, start: number): StepOutcome;
}

/** @param secrets what no message may hold */
export function driverDialogue(driver: DriverProcess, secrets: readonly string[]): DriverDialogue {
  function died(error: unknown, revision: string, start: number): StepOutcome {
    if (!(error instanceof DriverEnded)) throw error;
    const failure = { kind: "died", message: sayEnd(error, secrets), revision } as const;
    return { kind: "failed", durationMs: performance.now() - start, failure };
  }

  return {
    died,
    async ask(request) {
      let answer: DriverAnswer;
      try {
        answer = await driver.request(request);
      } catch (error) {
        if (error instanceof DriverEnded) throw new ToolError(sayEnd(error, secrets), { cause: error });
        throw error;
      }
      if (answer.ok) return answer.result;
      if ("failure" in answer) throw new ToolError(redact(answer.failure.message, secrets));
      const { message, file, line, missing } = answer.error;
      const place = file === undefined ? "" : `${file}${line === undefined ? "" : `:${line}`}: `;
      const Thrown = file === undefined || missing ? ToolError : ConfigurationError;
      throw new Thrown(place + redact(message, secrets));
    },
    async outcomeOf(request, revision) {
      const start = performance.now();
      let answer: DriverAnswer;
      try {
        answer = await driver.request(request);
      } catch (error) {
        return died(error, revision, start);
      }
      if (answer.ok) {
        const result = answer.result as Extract<AnswerResult, { readonly durationMs: number }>;
        const { durationMs, programs = [], held } = result;
        const warnings = [...(result.warnings ?? []), ...programs.map(startsProgram)];
        return { kind: "done", durationMs, ...(warnings.length > 0 ? { warnings } : {}), ...(held && { held }) };
      }
      if ("error" in answer) {
        const { message, file, line } = answer.error;
        const where = { ...optional("file", file), ...optional("line", line) };
        const failure = { kind: "code", message: redact(message, secrets), revision, ...where } as const;
        return { kind: "failed", durationMs: performance.now() - start, failure };
      }
      const failure = { ...answer.failure, message: redact(answer.failure.message, secrets) };
      return { kind: "failed", durationMs: answer.durationMs, failure, ...(answer.held && { held: true }) };
    },
  };
}

const startsProgram = (name: string): string =>
  `It starts a program (${name}): the files that this reads, beside those that its arguments name, are not seen, and so not noticed when they change.`;

function sayEnd(end: DriverEnded, secrets: readonly string[]): string {
  const lastWords = redact(end.message, secrets);
  return `The process that runs the migrations ended (${end.how})${lastWords ? `: ${lastWords}` : " without a word"}.`.replace(
    /\.\.$/,
    ".",
  );
}
