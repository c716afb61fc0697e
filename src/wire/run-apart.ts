import type { GuardContext } from "./guard-context.ts";
import { judgeAll, refuse } from "./guard-refusal.ts";
import { noteError, tellTransaction } from "./guard-telling.ts";
import type { Piece } from "./guarded-pieces.ts";
import { commandWords } from "./guarded-statement.ts";

/**
 * Runs what comes outside a block in a transaction whose COMMIT is ours, so that whoever listens can see it before it
 * is committed. The client hears what it would without.
 */
export async function runApart(
  context: GuardContext,
  runAll: (withhold: (complete: Buffer) => void) => Promise<boolean>,
  pieces: readonly Piece[],
): Promise<"committed" | "rolled back" | "unknown"> {
  const { asking, exchange } = context;
  let last: Buffer | undefined;
  if (await runAll((bytes) => (last = bytes))) {
    await asking.simple("rollback");
    return "rolled back";
  }
  if (exchange.closed() || !last) return "rolled back";
  const why = judgeAll(context, [], "I", "ends").find(({ kind }) => kind === "refused");
  const refused =
    why?.kind === "refused"
      ? why.why
      : await tellTransaction(context, "ending").then(
          () => undefined,
          () => "could not be written down before it was committed",
        );
  if (refused !== undefined) {
    await asking.simple("rollback");
    exchange.put(refuse(context, pieces[0] ? commandWords(pieces[0].text) : "it", refused));
    return "rolled back";
  }
  if (exchange.closed()) return "rolled back";
  // What is deferred is checked now, and says what it has to say before the statement is complete.
  const { failure } = await asking.simple("commit", {
    cancellable: true,
    onNotice: ({ bytes }) => exchange.put(bytes),
  });
  if (!failure && exchange.closed()) return "unknown";
  if (failure) noteError(context, failure);
  exchange.put(failure ?? last);
  return failure ? "rolled back" : "committed";
}
