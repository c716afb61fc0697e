import type { GuardContext } from "./guard-context.ts";
import { refuse, refusedText } from "./guard-refusal.ts";
import { fromServer } from "./message-types.ts";
import { message } from "./messages.ts";

/**
 * Refuses a message that the server would answer with a ReadyForQuery of its own: in its place the server gets one that it
 * cannot read, and the client what the guard has to say. Resolves when the server is ready again.
 */
export function refuseSimple(context: GuardContext, words: string, why: string): Promise<void> {
  const { exchange } = context;
  const refusal = refuse(context, words, why);
  return new Promise((resolve) =>
    exchange.send(message("Q", refusedText), [
      {
        to: "query",
        for: "headgate",
        on({ type, bytes }) {
          if (type === fromServer.errorResponse) exchange.put(refusal);
          else if (type === fromServer.readyForQuery) exchange.put(bytes);
        },
        done: () => resolve(),
      },
    ]),
  );
}
