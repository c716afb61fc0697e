import type pg from "pg";
import { EngineError } from "../errors.ts";

/** A connection that is cut without a word may never answer; nothing here takes a server that long. */
const patienceMs = 15_000;

/** Waits for a short answer of a server, which a connection that was cut never gives. @throws EngineError when none comes */
export async function answerOf<Answer>(answer: Promise<Answer>, limitMs = patienceMs): Promise<Answer> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new EngineError("The target does not answer any more.")), limitMs);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Ends a connection, also one that nobody is at the other end of. */
export async function leave(client: pg.Client): Promise<void> {
  await answerOf(client.end(), 2_000).catch(() => {
    (
      client as unknown as { readonly connection: { readonly stream: { destroy(): void } } }
    ).connection.stream.destroy();
  });
}
