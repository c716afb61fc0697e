import type { CappedSetting } from "./capped-setting.ts";
import type { GuardedText, Judgement } from "./guarded-statement.ts";
import { mayBlock } from "./statement-limits.ts";

/** A statement of a message, with its own bytes and what is done with it. */
export interface Piece {
  readonly text: GuardedText;
  readonly bytes: Buffer;
  /** Where `bytes` begins in the message's text, in characters. */
  readonly offset: number;
  readonly judgement: Judgement;
  /** Where it sets a timeout to more than is allowed. */
  readonly capped?: CappedSetting;
}

/** Sent in the place of what an earlier run has finished: it has no effect and is answered like any command. */
export const nothingToDo = "unlisten headgate";

/** Whether an earlier run has finished it. */
function isDone({ judgement }: Piece): boolean {
  return judgement.kind === "planned" && judgement.done;
}

/** Whether these may run in a transaction that is put around them, and do the same there. */
export function standApart(pieces: readonly Piece[]): boolean {
  return (
    pieces.some((piece) => piece.judgement.kind === "planned" && !isDone(piece)) &&
    pieces.every(
      ({ judgement, text }) =>
        text.kind?.place === "ordinary" && (judgement.kind !== "planned" || judgement.statement.transactional),
    )
  );
}

/** Whether one may wait for a lock while others wait for what an earlier one holds. */
export function waitBehindEachOther(pieces: readonly Piece[]): boolean {
  const first = pieces.findIndex((piece) => blocks(piece.judgement, piece.text) && !isDone(piece));
  return (
    first >= 0 &&
    pieces.slice(first + 1).some(({ judgement }) => judgement.kind === "planned") &&
    !pieces.some(({ text }) => text.kind?.copiesIn)
  );
}

/** Whether something of the plan comes behind the end of a transaction. */
export function holdSeveralTransactions(pieces: readonly Piece[]): boolean {
  const first = pieces.findIndex(({ text: { control } }) => control === "commit" || control === "rollback");
  return first >= 0 && pieces.slice(first).some(({ judgement }) => judgement.kind === "planned");
}

/** Whether each is in a transaction block, so that it does the same when it is sent in a message of its own. */
export function areInBlocks(pieces: readonly Piece[], block: boolean): boolean {
  let open = block;
  return pieces.every(({ text: { control } }) => {
    if (control === "begin") open = true;
    const inside = open;
    if (control === "commit" || control === "rollback") open = false;
    return inside;
  });
}

/** Whether something else is sent in its place. */
export const isReplaced = (piece: Piece): boolean => isDone(piece) || piece.capped !== undefined;

/** What is sent for it. */
export function sentBytes(piece: Piece): Buffer {
  if (piece.capped) return Buffer.from(`${piece.capped.replacement};`);
  return isDone(piece) ? Buffer.from(`${nothingToDo};`) : piece.bytes;
}

/** By how many characters what is sent is longer than what came. */
export function lengthened(pieces: readonly Piece[]): number {
  const characters = (bytes: Buffer): number => bytes.toString().length;
  return pieces.reduce((sum, piece) => sum + characters(sentBytes(piece)) - characters(piece.bytes), 0);
}

/** Whether others may have to wait for it. */
export function blocks(judgement: Judgement, { kind, sql }: GuardedText): boolean {
  return judgement.kind === "planned" && (judgement.statement.blocks ?? mayBlock(kind, sql));
}
