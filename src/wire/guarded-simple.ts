import type { Flow } from "./conversation.ts";
import { announceStatement, tellTransaction, telling } from "./guard-telling.ts";
import { judgeAll, refuse, refusedText } from "./guard-refusal.ts";
import type { GuardContext } from "./guard-context.ts";
import {
  type Piece,
  areInBlocks,
  holdSeveralTransactions,
  isReplaced,
  sentBytes,
  standApart,
  waitBehindEachOther,
} from "./guarded-pieces.ts";
import { type GuardedText, commandWords, guardedText, isCompared } from "./guarded-statement.ts";
import { limitAll, setAsMeant, withCaps } from "./limit-pieces.ts";
import { limit, loosen } from "./limiting.ts";
import { message, queryText } from "./messages.ts";
import { refuseSimple } from "./refuse-simple.ts";
import { runApart } from "./run-apart.ts";
import { runMessage } from "./run-message.ts";
import { readScript } from "./script.ts";
import { decodeSql } from "./sql-text.ts";

/** Handles simple queries: all statements of a message pass, or none is sent. */
export function guardedSimple(context: GuardContext): Flow {
  const { asking, exchange } = context;

  const refuseMessage = (text: GuardedText | undefined, why: string): Promise<void> =>
    refuseSimple(context, text ? commandWords(text) : "it", why);

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
      if (await runMessage(context, query, [piece], piece === pieces.at(-1) ? withhold : undefined, offset))
        return true;
      if (exchange.closed()) return false;
      await restore?.();
    }
    return false;
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
      oneByOne ? runOneByOne(pieces, withhold) : runMessage(context, query, pieces, withhold);
    const outcome = apart ? await runApart(context, runAll, pieces) : undefined;
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
