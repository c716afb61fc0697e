import pg from "pg";
import { EngineError } from "../errors.ts";

/** What the server answered, with its SQLSTATE; absent for an error of another kind. */
export const serverAnswer = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? `${error.message} (SQLSTATE ${error.code})` : undefined;

/**
 * Does what needs the target. A refusal of the server that nobody has explained, of a privilege for example, is one sentence
 * that names the target.
 * @throws EngineError in place of such a refusal
 */
export async function onTarget<Result>(description: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    const answer = serverAnswer(cause);
    if (answer === undefined) throw cause;
    throw new EngineError(
      `${description} cannot be worked with: ${answer}. Give the role what it lacks, and run the same command again.`,
      { cause },
    );
  }
}
