import pg from "pg";
import { EngineError } from "../errors.ts";

/** What the server answered, with its SQLSTATE; absent for an error of another kind. */
export const serverAnswer = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? `${error.message} (SQLSTATE ${error.code})` : undefined;

/** SQLSTATE of connections that end, or an error of the socket: https://www.postgresql.org/docs/18/errcodes-appendix.html */
export function isConnectionFailure(error: unknown): boolean {
  if (error instanceof EngineError) return true;
  if (!(error instanceof Error)) return false;
  const { code = "", message } = error as Error & { readonly code?: string };
  return (
    /^(?:08|57P0|E[A-Z]+$)/.test(code) ||
    /^(?:Connection terminated|Client (?:has|was)|Query read timeout)/i.test(message)
  );
}

/** In which words a server that is there gave us no connection, in a sentence; absent for any other trouble. */
export const refusedConnection = (error: unknown): string | undefined =>
  error instanceof EngineError && (error.cause as { readonly sqlState?: string } | undefined)?.sqlState !== undefined
    ? error.message
    : undefined;

/**
 * Does what needs the target. A refusal of the server that nobody has explained, of a privilege for example, or the end of a
 * connection is one sentence that names the target.
 * @throws EngineError in place of such an error
 */
export async function onTarget<Result>(description: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof EngineError) throw cause;
    if (isConnectionFailure(cause))
      throw new EngineError(
        `The connection to ${description} was lost, and nothing more was sent. Run \`headgate status\` when it is back: it says how to go on.`,
        { cause },
      );
    const answer = serverAnswer(cause);
    if (answer === undefined) throw cause;
    throw new EngineError(`${description} cannot be worked with: ${answer}. ${remedy(cause)}`, { cause });
  }
}

function remedy(cause: unknown): string {
  const { code = "" } = cause as { readonly code?: string };
  if (code === "42501") return "Give the role what it lacks, and run the same command again.";
  if (code.startsWith("53")) return "Make room on the server, and run the same command again.";
  return "Mend the cause, and run the same command again.";
}
