import { ToolError } from "../errors.ts";

/**
 * Waits for something that the project's own code does, and ends it by force when it takes too long.
 * @param what its name in the sentence "… took longer than 600 s and was ended."
 * @throws ToolError when the limit was reached
 */
export async function withinLimit<Result>(
  what: string,
  limitMs: number,
  kill: () => void,
  action: () => Promise<Result>,
): Promise<Result> {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    kill();
  }, limitMs);
  try {
    return await action();
  } catch (cause) {
    if (!late) throw cause;
    throw new ToolError(
      `${what} took longer than ${Math.round(limitMs / 1000)} s and was ended. Raise the limit with --time-limit if it needs that long.`,
      { cause },
    );
  } finally {
    clearTimeout(timer);
  }
}
