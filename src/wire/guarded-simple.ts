import type { Flow } from "./conversation.ts";
import type { Frame } from "./framing.ts";
import {
  announceStatement,
  compareResult,
  judgeAll,
  noteError,
  refuse,
  refusedText,
  settingsAfterwards,
  tellStatement,
  telling,
  tellTransaction,
} from "./guard-context.ts";
import type { GuardContext } from "./guard-context.ts";
import {
  areInBlocks,
  holdSeveralTransactions,
  isReplaced,
  lengthened,
  sentBytes,
  standApart,
  waitBehindEachOther,
} from "./guarded-pieces.ts";
import type { Piece } from "./guarded-pieces.ts";
import { commandWords, guardedText, isCompared } from "./guarded-statement.ts";
import type { GuardedText } from "./guarded-statement.ts";
import { limitAll, setAsMeant, withCaps } from "./limit-pieces.ts";
import { limit, loosen } from "./limiting.ts";
import { fromServer } from "./message-types.ts";
import { commandTag, isFatal, message, queryText, shiftPosition } from "./messages.ts";
import { refuseSimple } from "./refuse-simple.ts";
import { createRowDigest } from "./row-digest.ts";
import { readScript } from "./script.ts";
import { decodeSql } from "./sql-text.ts";
import { statementError } from "./statement-error.ts";

const { commandComplete, dataRow, errorResponse, readyForQuery } = fromServer;

/** Handles simple queries: all statements of a message pass, or none is sent. */
export function guardedSimple(context: GuardContext): Flow {
  const { asking, exchange } = context;

  const refuseMessage = (text: GuardedText | undefined, why: string): Promise<void> =>
    refuseSimple(context, text ? commandWords(text) : "it", why);

  /** Sends the message and passes on what comes back, ReadyForQuery apart; resolves to whether it failed. */
  const run = async (
    query: Buffer,
    pieces: readonly Piece[],
    /** Gets the last answer in the client's place, as that only counts when it is committed. */
    withhold?: (complete: Buffer) => void,
    /** How many characters of the client's text come before what is sent. */
    offset = 0,
  ): Promise<boolean> => {
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
      if (piece) told = told.then(() => telling(context, () => finished(piece, phase, { durationMs, ...more })));
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
  };

  const finished = async (
    { judgement, text }: Piece,
    phase: "done" | "failed" | "unknown",
    { durationMs, sqlState, tag }: { readonly durationMs: number; readonly sqlState?: string; readonly tag?: string },
  ): Promise<void> => {
    if (judgement.kind === "planned" && judgement.done) return tellStatement(context, judgement, "skipped");
    await tellStatement(context, judgement, phase, { durationMs, ...(sqlState !== undefined && { sqlState }) });
    if (phase !== "done") return;
    settingsAfterwards(context, text, judgement);
    if (text.control === "commit" || text.control === "rollback")
      await tellTransaction(context, tag === "COMMIT" ? "committed" : "rolled back");
  };

  /** The statements of the plan are on their way: nobody else's turn is theirs, and the listener knows before the server. */
  const announce = async (pieces: readonly Piece[], awaitsEnding: boolean): Promise<void> => {
    for (const { judgement, text } of pieces) {
      if (text.control === "commit" && exchange.status() !== "E") await tellTransaction(context, "ending");
      await announceStatement(context, text, judgement, awaitsEnding);
    }
  };

  /** Refuses a piece when others of its message have been sent. */
  const stopAt = async ({ text }: Piece, why: string): Promise<true> => {
    exchange.put(refuse(context, commandWords(text), why));
    if (exchange.status() === "T") await asking.simple(refusedText);
    return true;
  };

  /** Sends what comes in one message one by one, as a later statement may wait only for what an earlier one has left of its time. */
  const runOneByOne = async (pieces: readonly Piece[], withhold?: (complete: Buffer) => void): Promise<boolean> => {
    for (const piece of pieces) {
      const { text, judgement, offset } = piece;
      if (context.guard.refusal) return stopAt(piece, "came after another one had been refused");
      const planned = judgement.kind === "planned" && !judgement.done;
      if (!planned && text.control !== "commit" && text.control !== "rollback")
        await loosen(context, "simple", "block");
      const restore = planned ? await limit(context, text, judgement, "simple", "block") : undefined;
      try {
        await announce([piece], true);
      } catch {
        return stopAt(piece, "could not be written down before it was sent");
      }
      const query = message("Q", sentBytes(piece), zero);
      if (await run(query, [piece], piece === pieces.at(-1) ? withhold : undefined, offset)) return true;
      if (exchange.closed()) return false;
      await restore?.();
    }
    return false;
  };

  /**
   * Runs what comes outside a block in a transaction whose COMMIT is ours, so that whoever listens can see it before it
   * is committed. The client hears what it would without.
   */
  const runApart = async (
    runAll: (withhold: (complete: Buffer) => void) => Promise<boolean>,
    pieces: readonly Piece[],
  ): Promise<"committed" | "rolled back" | "unknown"> => {
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
  };

  return async (frame) => {
    const encoding = exchange.parameter("client_encoding");
    const whole = queryText(frame.bytes);
    const script = readScript(whole, encoding ?? "UTF8") ?? [{ bytes: whole, kind: undefined, offset: 0 }];
    const texts = script.map(({ bytes, kind }) => guardedText(decodeSql(bytes, encoding), kind));
    const judgements = judgeAll(context, texts, exchange.status(), "ends");
    const last = judgements.at(-1);
    if (last?.kind === "refused") return refuseMessage(texts[judgements.length - 1] ?? texts.at(-1), last.why);
    const asSent = judgements.flatMap((judgement, index): Piece[] => {
      const [text, piece] = [texts[index], script[index]];
      return text && piece ? [{ text, judgement, bytes: piece.bytes, offset: piece.offset }] : [];
    });
    const status = exchange.status();
    const controls = new Set(asSent.map(({ text }) => text.control));
    const stand = status === "I" && standApart(asSent);
    const oneByOne =
      (waitBehindEachOther(asSent) ||
        holdSeveralTransactions(asSent) ||
        asSent.slice(0, -1).some(({ judgement }) => isCompared(judgement))) &&
      areInBlocks(asSent, stand || status === "T");
    const compared = oneByOne ? undefined : asSent.slice(0, -1).find(({ judgement }) => isCompared(judgement));
    if (compared) return refuseMessage(compared.text, "came in one message with what its value decides about");
    const pieces = oneByOne ? asSent : withCaps(context, asSent);
    const restore = oneByOne ? async () => {} : await limitAll(context, pieces, status === "I" ? "session" : "block");
    const apart = stand && (await opened());
    try {
      if (!oneByOne)
        await announce(pieces, apart || (status === "T" && !controls.has("commit") && !controls.has("rollback")));
    } catch {
      if (apart) await asking.simple("rollback");
      exchange.putReports();
      return refuseMessage(texts[0], "could not be written down before it was sent");
    }
    const query = pieces.some(isReplaced) ? message("Q", Buffer.concat(pieces.map(sentBytes)), zero) : frame.bytes;
    const runAll = (withhold?: (complete: Buffer) => void): Promise<boolean> =>
      oneByOne ? runOneByOne(pieces, withhold) : run(query, pieces, withhold);
    const outcome = apart ? await runApart(runAll, pieces) : undefined;
    const failed = outcome === undefined ? await runAll() : outcome === "rolled back";
    if (exchange.closed()) {
      if (outcome) return telling(context, () => tellTransaction(context, outcome));
      const mayHaveCommitted = controls.has("commit") || (status === "I" && !controls.has("begin"));
      return telling(context, () => tellTransaction(context, mayHaveCommitted ? "unknown" : "rolled back"));
    }
    if (exchange.status() === "I")
      await telling(context, () => tellTransaction(context, failed ? "rolled back" : "committed"));
    if (failed) context.inForce = undefined;
    exchange.putReports();
    await restore();
    await setAsMeant(context, pieces, failed);
    exchange.put(message("Z", Buffer.from(exchange.status())));
  };

  /** Begins a transaction that the client knows nothing of; whether there is one. */
  async function opened(): Promise<boolean> {
    exchange.gatherReports();
    await asking.simple("begin");
    return exchange.closed() || exchange.status() === "T";
  }
}

const zero = Buffer.alloc(1);
