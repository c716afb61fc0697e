import { plainText } from "./report/plain-text.ts";
import { ApplyError, ConfigurationError, EngineError, original, ToolError, UsageError } from "./errors.ts";
import { redact } from "./sessions/redact.ts";
import type { Verdict } from "./verdict.ts";

/** What the exit code says. Nothing that was not checked looks like `passed`, and a crash never looks like `failed`. */
export const exitCodes = { passed: 0, failed: 1, usage: 2, notChecked: 3, internal: 70 } as const;

/** The exit code for a verdict. */
export const exitCodeFor = (verdict: Verdict["verdict"]): number =>
  ({ passed: exitCodes.passed, failed: exitCodes.failed, errored: exitCodes.notChecked })[verdict];

/** The exit code for something thrown. */
export function exitCodeOf(thrown: unknown): number {
  const error = original(thrown);
  if (error instanceof UsageError || error instanceof ConfigurationError) return exitCodes.usage;
  if (error instanceof ApplyError) return exitCodes.failed;
  if (error instanceof EngineError || error instanceof ToolError) return exitCodes.notChecked;
  return exitCodes.internal;
}

/** The exit code for several targets, of which these are not as they should be. */
export const exitCodeForTargets = (wrong: readonly { readonly unreachable?: true }[]): number =>
  wrong.length === 0
    ? exitCodes.passed
    : wrong.every(({ unreachable }) => unreachable)
      ? exitCodes.notChecked
      : exitCodes.failed;

/** What is said about something thrown: a sentence for what we know, the stack and a request to report it for a bug of ours. */
export function explain(thrown: unknown): string {
  const error = original(thrown);
  if (exitCodeOf(error) !== exitCodes.internal) return `headgate: ${plainText((error as Error).message)}`;
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `headgate: this is a bug in Headgate; please report it with the lines below.\n${plainText(redact(detail))}`;
}
