import { type GuardContext, refuse, refusedText } from "./guard-context.ts";
import { message } from "./messages.ts";

const [error, ready] = [..."EZ"].map((type) => type.charCodeAt(0)) as [number, number];

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
          if (type === error) exchange.put(refusal);
          else if (type === ready) exchange.put(bytes);
        },
        done: () => resolve(),
      },
    ]),
  );
}
