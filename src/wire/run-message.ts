import type { Frame } from "./framing.ts";
import type { GuardContext } from "./guard-context.ts";
import { compareResult } from "./guard-refusal.ts";
import { settingsAfterwards } from "./guard-settings.ts";
import { noteError, tellStatement, tellTransaction, telling } from "./guard-telling.ts";
import { type Piece, lengthened } from "./guarded-pieces.ts";
import { isCompared } from "./guarded-statement.ts";
import { fromServer } from "./message-types.ts";
import { commandTag, isFatal, shiftPosition } from "./messages.ts";
import { createRowDigest } from "./row-digest.ts";
import { statementError } from "./statement-error.ts";

const { commandComplete, dataRow, errorResponse, readyForQuery } = fromServer;

/** Sends the message and passes on what comes back, ReadyForQuery apart; resolves to whether it failed. */
export async function runMessage(
  context: GuardContext,
  query: Buffer,
  pieces: readonly Piece[],
  /** Gets the last answer in the client's place, as that only counts when it is committed. */
  withhold?: (complete: Buffer) => void,
  /** How many characters of the client's text come before what is sent. */
  offset = 0,
): Promise<boolean> {
  const { exchange } = context;
  let began = performance.now();
  let ended = 0;
  let failed = false;
  let told: Promise<void> = Promise.resolve();
  const digest = pieces.some(({ judgement }) => isCompared(judgement)) ? createRowDigest(exchange) : undefined;
  const end = (
    phase: "done" | "failed" | "unknown",
    more: { readonly sqlState?: string; readonly tag?: string },
  ): void => {
    const piece = pieces[ended++];
    const durationMs = performance.now() - began;
    began = performance.now();
    const result = digest?.take();
    if (piece && phase === "done") compareResult(context, piece.text, piece.judgement, result);
    if (piece) told = told.then(() => telling(context, () => finished(context, piece, phase, { durationMs, ...more })));
  };
  await new Promise<void>((resolve) =>
    exchange.send(query, [
      {
        to: "query",
        for: digest ? "headgate" : "client",
        on({ type, bytes }: Frame) {
          if (type === readyForQuery) return;
          if (type === dataRow) digest?.add(bytes);
          if (type === commandComplete) end("done", commandTag(bytes));
          if (type === errorResponse && !failed) {
            failed = true;
            noteError(context, bytes);
            const { sqlState } = statementError(bytes);
            const longer = lengthened(pieces.slice(0, ended));
            end(isFatal(bytes) ? "unknown" : "failed", { sqlState });
            return exchange.put(shiftPosition(bytes, offset - longer));
          }
          if (withhold && type === commandComplete && ended === pieces.length) withhold(bytes);
          else exchange.put(bytes);
        },
        done: () => resolve(),
      },
    ]),
  );
  if (exchange.closed() && !failed) end("unknown", {});
  // The server never came to these.
  while (failed && ended < pieces.length) end("failed", {});
  await told;
  return failed;
}

/** Tells what became of a statement. @throws whatever the listener does */
async function finished(
  context: GuardContext,
  { judgement, text }: Piece,
  phase: "done" | "failed" | "unknown",
  { durationMs, sqlState, tag }: { readonly durationMs: number; readonly sqlState?: string; readonly tag?: string },
): Promise<void> {
  if (judgement.kind === "planned" && judgement.done) return tellStatement(context, judgement, "skipped");
  await tellStatement(context, judgement, phase, { durationMs, ...(sqlState !== undefined && { sqlState }) });
  if (phase !== "done") return;
  settingsAfterwards(context, text, judgement);
  if (text.control === "commit" || text.control === "rollback")
    await tellTransaction(context, tag === "COMMIT" ? "committed" : "rolled back");
}
