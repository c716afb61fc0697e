import { randomBytes } from "node:crypto";
import { plainText } from "../report/plain-text.ts";

/**
 * Text for the log, in which the runner obeys no command: what strangers wrote may begin a line with `::`, or hold `##[`.
 * The word that makes the runner listen again is new each time, and nothing in the text can know it.
 */
export function guarded(text: string, word: string = randomBytes(16).toString("hex")): string {
  const lines = plainText(text).replace(/\n?$/, "\n");
  return /::|##\[/.test(lines) ? `::stop-commands::${word}\n${lines}::${word}::\n` : lines;
}
